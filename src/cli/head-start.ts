/** What a new job needs for sure, begun while its state still opens: the first worker's process, and what is recorded of this machine. */
import { fileURLToPath } from "node:url";
import type { EarlyWorker } from "../engine/early-worker.js";
import type { Capture } from "../provenance/capture/capture.js";

export interface HeadStart {
  readonly worker: EarlyWorker;
  readonly codeFolder: string;
  readonly captured: Promise<Capture>;
}

export const workerScript = fileURLToPath(new URL("./worker.js", import.meta.url));

/** @param codeFolder - as in the job's document. Whoever calls this discards the worker. */
export async function headStart(memoryBytes: number, codeFolder: string): Promise<HeadStart> {
  const { EarlyWorker } = await import("../engine/early-worker.js");
  const worker = new EarlyWorker({ script: workerScript, memoryBytes });
  const { capture } = await import("../provenance/capture/capture.js");
  const captured = capture({ folder: codeFolder, env: process.env });
  captured.catch(() => {}); // whoever waits for it hears of it
  return { worker, codeFolder, captured };
}
