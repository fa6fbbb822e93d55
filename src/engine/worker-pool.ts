/** The workers of one supervisor: each slot holds one process, started when needed and again after a death. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorKinds, type ErrorCode } from "../core/error-codes.js";
import { CirrusError } from "../core/errors.js";
import type { EarlyWorkers } from "./early-workers.js";
import type { WorkerSetup } from "./messages.js";
import { WorkerProcess, type Answer, type Death, type WorkerProgram } from "./worker-process.js";

export interface PoolOptions extends WorkerProgram {
  readonly kind: string;
  readonly document: unknown;
  /** Number of workers. */
  readonly workers: number;
  /** Worker i is started for the first time after i of these. */
  readonly rampMs: number;
  /** Of the job: a worker whose encoder makes other bytes must not work on it. */
  readonly fingerprint: string;
  /** Taken before a process is started. */
  readonly early?: EarlyWorkers | undefined;
  onDeath(death: Death): void;
}

const startsAllowed = 3;
const endPatienceMs = 3000;

export class WorkerPool {
  readonly slots: readonly WorkerSlot[];

  constructor(options: PoolOptions) {
    this.slots = Array.from({ length: options.workers }, (_, i) => new WorkerSlot(options, i * options.rampMs));
  }

  /** At once, for good: what is asked from now on is answered by a death. */
  async kill(reason: string): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.close(reason)));
  }

  async end(): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.end()));
  }
}

export class WorkerSlot {
  readonly #options: PoolOptions;
  #delayMs: number;
  /** While `#starting` it is not ready yet. */
  #process: WorkerProcess | undefined;
  #starting: Promise<WorkerProcess | Death> | undefined;
  #closed: Death | undefined;

  /** @param delayMs - before the first start */
  constructor(options: PoolOptions, delayMs = 0) {
    this.#options = options;
    this.#delayMs = delayMs;
  }

  /**
   * Runs one task; a death of the process is an answer, after which the next task gets a new process.
   *
   * @throws CirrusError with the worker's own code when it cannot be used at all, `E_ENCODER_CHANGED`, or `E_WORKER_DIED` when
   *   several in a row died before they were ready
   */
  async run(task: number): Promise<Answer> {
    const worker = await this.start();
    if (worker instanceof WorkerProcess) {
      const answer = await worker.ask({ type: "task", task });
      if (answer.type === "died") this.#bury(answer);
      return answer;
    }
    return worker;
  }

  /** Makes the process ready ahead of the first task. */
  start(): Promise<WorkerProcess | Death> {
    if (this.#closed) return Promise.resolve(this.#closed);
    if (this.#process && !this.#starting) return Promise.resolve(this.#process);
    this.#starting ??= this.#begin().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Kills what runs now; the next task gets a new process. */
  async restart(reason: string): Promise<void> {
    await this.#process?.kill(reason);
  }

  async close(reason: string): Promise<void> {
    this.#closed ??= { type: "died", pid: 0, signal: null, code: null, intended: true, reason };
    await this.#process?.kill(reason);
  }

  async end(): Promise<void> {
    this.#closed ??= { type: "died", pid: 0, signal: null, code: null, intended: true, reason: "ended" };
    await this.#process?.end(endPatienceMs);
  }

  async #begin(): Promise<WorkerProcess | Death> {
    const { kind, document: job, memoryBytes } = this.#options;
    if (this.#delayMs > 0) await sleep(this.#delayMs);
    this.#delayMs = 0;
    const setup: WorkerSetup = { type: "setup", kind, job, memoryBytes };
    for (let start = 1; ; start++) {
      const worker = this.#options.early?.take(this.#options.onOutput) ?? new WorkerProcess(this.#options);
      this.#process = worker;
      const answer = await worker.ask(setup);
      if (this.#closed) {
        await worker.kill(this.#closed.reason);
        return this.#closed;
      }
      if (answer.type === "ready") {
        this.#check(answer.fingerprint);
        return worker;
      }
      await worker.kill("unusable");
      if (answer.type !== "died") throw unusable(answer);
      this.#bury(answer);
      if (start === startsAllowed)
        throw new CirrusError("E_WORKER_DIED", `worker processes die while they start: ${answer.reason}`, {
          hint: "see the job's log; too little memory is a common reason",
        });
    }
  }

  #check(fingerprint: string): void {
    if (fingerprint === this.#options.fingerprint) return;
    throw new CirrusError(
      "E_ENCODER_CHANGED",
      "this machine encodes chunks to other bytes than the one where the job was made, so it cannot work on this job",
      { context: { fingerprint, expected: this.#options.fingerprint } },
    );
  }

  #bury(death: Death): void {
    this.#process = undefined;
    if (!death.intended) this.#options.onDeath(death);
  }
}

/** The error that a code sent by a worker stands for. */
export function errorOfCode(code: string, message: string, hint?: string): CirrusError {
  const known: ErrorCode = code in errorKinds ? (code as ErrorCode) : "E_INTERNAL"; // a key of the table, as just checked
  return new CirrusError(known, message, hint === undefined ? {} : { hint });
}

function unusable(answer: Exclude<Answer, Death>): CirrusError {
  if (answer.type === "unusable") return errorOfCode(answer.code, answer.message, answer.hint);
  return new CirrusError("E_INTERNAL", `a worker answered its setup with ${answer.type}`);
}
