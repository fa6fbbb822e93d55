/** What a new job needs for sure, begun while its state still opens: the first worker's process (the others follow when the job is known), and what is recorded of this machine. */
import { fileURLToPath } from "node:url";
import type { EarlyWorkers } from "../engine/early-workers.js";
import type { Capture } from "../provenance/capture/capture.js";

export interface HeadStart {
  readonly workers: EarlyWorkers;
  readonly codeFolder: string;
  readonly captured: Promise<Capture>;
}

export const workerScript = fileURLToPath(new URL("./worker.js", import.meta.url));

/** @param codeFolder - as in the job's document. Whoever calls this discards the workers. */
export async function headStart(memoryBytes: number, codeFolder: string): Promise<HeadStart> {
  const { EarlyWorkers } = await import("../engine/early-workers.js");
  const workers = new EarlyWorkers({ script: workerScript, memoryBytes });
  workers.grow(1);
  const { capture } = await import("../provenance/capture/capture.js");
  const captured = capture({ folder: codeFolder, env: process.env });
  captured.catch(() => {}); // whoever waits for it hears of it
  return { workers, codeFolder, captured };
}
