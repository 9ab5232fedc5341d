/**
 * A page in a context of its own, with everything that it complained of (`complaints`) and asked for (`requests`,
 * URLs).
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const complaints = [];
  const requests = [];
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("request", (request) => requests.push(request.url()));
  await page.exposeFunction("reportViolation", (violation) => complaints.push(`policy: ${violation}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.violatedDirective} blocked ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  return { page, context, complaints, requests };
}

/** A PNG that the browser itself has drawn, as `setFiles` takes it. */
export async function drawPhoto(page, name, hue) {
  const base64 = await page.evaluate(async (hue) => {
    const canvas = new OffscreenCanvas(320, 240);
    const paint = canvas.getContext("2d");
    paint.fillStyle = `hsl(${hue} 55% 55%)`;
    paint.fillRect(0, 0, 320, 240);
    paint.fillStyle = `hsl(${hue + 40} 70% 80%)`;
    paint.beginPath();
    paint.arc(210, 90, 50, 0, 2 * Math.PI);
    paint.fill();
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  }, hue);
  return { name, mimeType: "image/png", buffer: Buffer.from(base64, "base64") };
}

/** A real DataTransfer that holds the files, for drag events. */
export const dataTransferOf = (page, files) =>
  page.evaluateHandle(
    (files) => {
      const transfer = new DataTransfer();
      for (const { name, mimeType, base64 } of files) {
        transfer.items.add(
          new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: mimeType }),
        );
      }
      return transfer;
    },
    files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") })),
  );

/** A page that `isReady` waits for; rejects with the first exception that nobody in it has caught before. */
export async function openReadyPage(browser, url, isReady) {
  const page = await browser.newPage();
  const failure = new Promise((_, reject) => page.once("pageerror", reject));
  failure.catch(() => {});
  await page.goto(url);
  await Promise.race([isReady(page), failure]);
  return page;
}
