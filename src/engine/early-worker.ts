/** A worker process that is started before its job is known, so that it loads its code while the job is planned and recorded. */
import { patience } from "./patience.js";
import { WorkerProcess, type WorkerProgram } from "./worker-process.js";

type Output = WorkerProgram["onOutput"];

export class EarlyWorker {
  readonly #process: WorkerProcess;
  #output: Output | undefined;
  #isTaken = false;

  /** @param program - the same script and memory that the job's workers will have */
  constructor(program: Pick<WorkerProgram, "script" | "memoryBytes">) {
    this.#process = new WorkerProcess({
      ...program,
      silentMs: patience.silentMs,
      onOutput: (pid, line) => this.#output?.(pid, line),
    });
  }

  /** The process, for whoever asks first; it may have died meanwhile, which its first answer tells. */
  take(onOutput: Output): WorkerProcess | undefined {
    if (this.#isTaken) return undefined;
    this.#isTaken = true;
    this.#output = onOutput;
    return this.#process;
  }

  /** Ends it when nobody took it. */
  async discard(): Promise<void> {
    await this.take(() => {})?.kill("not needed");
  }
}
