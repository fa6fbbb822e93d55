/** Worker processes that are started before their job is known, so that they load their code while the job is planned and recorded. */
import { patience } from "./patience.js";
import { WorkerProcess, type WorkerProgram } from "./worker-process.js";

type Output = WorkerProgram["onOutput"];

interface Waiting {
  readonly process: WorkerProcess;
  onOutput?: Output;
}

export class EarlyWorkers {
  readonly #program: Pick<WorkerProgram, "script" | "memoryBytes">;
  readonly #waiting: Waiting[] = [];
  #started = 0;
  #isOver = false;

  /** @param program - the same script and memory that the job's workers will have */
  constructor(program: Pick<WorkerProgram, "script" | "memoryBytes">) {
    this.#program = program;
  }

  /** Starts as many as are missing to `count`, those that were taken included. */
  grow(count: number): void {
    for (; !this.#isOver && this.#started < count; this.#started++) this.#waiting.push(this.#start());
  }

  /** A process, in the order of their starts, while there are some; it may have died meanwhile, which its first answer tells. */
  take(onOutput: Output): WorkerProcess | undefined {
    const next = this.#waiting.shift();
    if (next) next.onOutput = onOutput;
    return next?.process;
  }

  /** Ends those that nobody took. */
  async discard(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#waiting.splice(0).map(({ process }) => process.kill("not needed")));
  }

  #start(): Waiting {
    const waiting: Waiting = {
      process: new WorkerProcess({
        ...this.#program,
        silentMs: patience.silentMs,
        onOutput: (pid, line) => waiting.onOutput?.(pid, line),
      }),
    };
    return waiting;
  }
}
