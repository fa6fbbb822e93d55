/** One forked worker: asks it one thing at a time, and tells a death, however it came, as an answer. */
import { fork, type ChildProcess } from "node:child_process";
import type { FromWorker, ToWorker } from "./messages.js";

export interface WorkerProgram {
  /** Path of the module that calls `hostWorker`. */
  readonly script: string;
  readonly memoryBytes: number;
  /** A worker that owes an answer and gives no sign of life for so long is killed. */
  readonly silentMs: number;
  /** Lines that it prints (its libraries' warnings). */
  onOutput(pid: number, line: string): void;
}

export interface Death {
  readonly type: "died";
  readonly pid: number;
  readonly signal: string | null;
  readonly code: number | null;
  /** True when this supervisor stopped it on purpose: nothing to count against its task. */
  readonly intended: boolean;
  /** For people: "killed by SIGKILL", "silent for 300 s", and what it printed last. */
  readonly reason: string;
}

export type Answer = Exclude<FromWorker, { type: "alive" }> | Death;

export class WorkerProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #asking: ((answer: Answer) => void) | undefined;
  #death: Death | undefined;
  #killedFor: string | undefined;
  #intended = false;
  #lastLine = "";
  #lastSignMs = performance.now();

  constructor(program: WorkerProgram) {
    this.#child = fork(program.script, [String(program.memoryBytes)], {
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // --expose-gc: decoded tiles are garbage outside of the heap, which V8 lets grow by 64 MB before it looks.
      execArgv: [
        `--max-old-space-size=${heapMegabytes(program.memoryBytes)}`,
        "--max-semi-space-size=2",
        "--expose-gc",
        // Young collections of an almost empty heap: four threads that look for work in it cost a quarter of a worker's CPU time.
        "--single-threaded-gc",
        // Optimising JavaScript that is warm, not hot, cost more than it won: the hot loops are WebAssembly. 3 times the default.
        "--interrupt-budget=400000",
      ],
      // A worker is synchronous but for its reads and writes: more pool threads than this gained nothing.
      env: { ...process.env, UV_THREADPOOL_SIZE: process.env["UV_THREADPOOL_SIZE"] ?? "2" },
    });
    this.pid = this.#child.pid ?? 0;
    this.#gone = new Promise((resolve) => {
      const gone = (signal: string | null, code: number | null, error?: Error) => {
        this.#die(signal, code, error);
        resolve();
      };
      // What it printed last may still be in the pipe at its exit; a grandchild may hold that pipe open.
      this.#child.once("exit", (code, signal) => {
        // After this time and one look at all pipes, however late a busy machine gives this process its turn.
        const timer = setTimeout(() => setImmediate(gone, signal, code), 100);
        this.#child.once("close", () => (clearTimeout(timer), gone(signal, code)));
      });
      // Also an EPIPE while sending to a dying child comes here; without a handler it would end this process.
      this.#child.on("error", (error) => this.#child.pid === undefined && gone(null, null, error));
    });
    this.#child.on("message", (message: FromWorker) => this.#hear(message));
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#follow(stream, program);
    this.#watch(program.silentMs);
  }

  /** Sends a message that has an answer, and waits for it. One at a time. */
  ask(message: ToWorker): Promise<Answer> {
    if (this.#death) return Promise.resolve(this.#death);
    if (this.#asking) throw new Error(`worker ${this.pid} was asked while it owes an answer`);
    this.#lastSignMs = performance.now();
    return new Promise((resolve) => {
      this.#asking = resolve;
      this.#child.send(message, () => {}); // a failed send is followed by the exit
    });
  }

  /** At once; a running question is answered by the death. */
  kill(reason: string): Promise<void> {
    this.#intended = true;
    return this.#killFor(reason);
  }

  #killFor(reason: string): Promise<void> {
    this.#killedFor ??= reason;
    this.#child.kill("SIGKILL");
    return this.#gone;
  }

  /** Lets it close what it has open; killed when it takes longer than `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    if (this.#death) return;
    this.#child.send({ type: "end" } satisfies ToWorker, () => {});
    const timer = setTimeout(() => void this.#killFor("did not end"), patienceMs);
    await this.#gone;
    clearTimeout(timer);
  }

  #hear(message: FromWorker): void {
    this.#lastSignMs = performance.now();
    if (message.type !== "alive") this.#answer(message);
  }

  #answer(answer: Answer): void {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.(answer);
  }

  #die(signal: string | null, code: number | null, error?: Error): void {
    if (this.#death) return;
    const how = this.#killedFor ?? error?.message ?? (signal ? `killed by ${signal}` : `left with status ${code}`);
    const reason = this.#lastLine ? `${how}; it last printed: ${this.#lastLine}` : how;
    this.#death = { type: "died", pid: this.pid, signal, code, intended: this.#intended, reason };
    this.#answer(this.#death);
  }

  #follow(stream: NodeJS.ReadableStream | null, program: WorkerProgram): void {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-2000);
      for (const line of lines.map((each) => each.trim()).filter(Boolean)) {
        this.#lastLine = line.slice(0, 500);
        program.onOutput(this.pid, this.#lastLine);
      }
    });
  }

  #watch(silentMs: number): void {
    const everyMs = Math.max(20, silentMs / 10);
    let lastMs = performance.now();
    const timer = setInterval(() => {
      const nowMs = performance.now();
      // When this process itself was stopped, the worker's signs are still unread: its silence begins now.
      if (nowMs - lastMs > 3 * everyMs) this.#lastSignMs = nowMs;
      lastMs = nowMs;
      if (this.#asking && nowMs - this.#lastSignMs > silentMs)
        void this.#killFor(`silent for ${Math.round(silentMs / 1000)} s`);
    }, everyMs);
    timer.unref();
    void this.#gone.then(() => clearInterval(timer));
  }
}

/** Voxels and compressed bytes are outside of V8's heap: half of the share is ample for the rest, and stops a leak. */
const heapMegabytes = (memoryBytes: number): number => Math.max(64, Math.floor(memoryBytes / 2 / 2 ** 20));
