// What a process takes of the machine's memory. All of it is counted, not the isolate's heap alone: what the runtime
// holds back for a body lies outside of the heap.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Only Linux tells. */
export const isMeasurable = existsSync("/proc/self/clear_refs");

function statusBytes(pid, name) {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kibibytes) * 1_024;
}

/** By how many bytes the most that process `pid` had in memory during `work` is above what it had before. */
export async function peakGrowthBytes(pid, work) {
  // 5 resets the high-water mark to what is resident now (proc(5)).
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = statusBytes(pid, "VmRSS");
  await work();
  return statusBytes(pid, "VmHWM") - before;
}
