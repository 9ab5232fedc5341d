/** The same, printed. */
import worker from "./fixed.mjs";

console.log(await (await worker.fetch()).text());
