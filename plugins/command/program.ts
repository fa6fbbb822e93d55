/**
 * The running program: one JSON line per tile goes to its standard input, and for each it writes one JSON line, `{"bytes": n}` followed by n
 * bytes, `{"missing": true}` or `{"error": "why"}`. Started at the first tile, and again after it ended.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { CirrusError } from "cirrus/plugin";

export type Answer =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "missing" }
  | { readonly kind: "error"; readonly problem: string };

const longestLine = 65_536;
const stderrKept = 2000;

export class Program {
  readonly #command: readonly string[];
  readonly #folder: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #output: AsyncIterator<Uint8Array> | undefined;
  #rest = new Uint8Array(0);
  #errors = "";
  /** One question at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(command: readonly string[], folder: string) {
    this.#command = command;
    this.#folder = folder;
  }

  /** @throws CirrusError `E_PLUGIN_FAILED` when the program cannot be started, ends, or answers with something else */
  ask(question: object): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => this.close());
    return answer;
  }

  close(): void {
    this.#child?.kill();
    this.#child = undefined;
    this.#rest = new Uint8Array(0);
  }

  async #ask(question: object): Promise<Answer> {
    if (!this.#child) await this.#start();
    this.#child!.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await this.#line();
    const told = parsed(line);
    if (typeof told?.bytes === "number" && Number.isSafeInteger(told.bytes) && told.bytes >= 0)
      return { kind: "bytes", bytes: await this.#take(told.bytes) };
    if (told?.missing === true) return { kind: "missing" };
    if (typeof told?.error === "string") return { kind: "error", problem: told.error };
    throw this.#failed(
      `answered "${line.slice(0, 200)}" instead of {"bytes": n}, {"missing": true} or {"error": "why"}`,
    );
  }

  async #start(): Promise<void> {
    const [program, ...parameters] = this.#command as [string, ...string[]];
    const child = spawn(program, parameters, { cwd: this.#folder, stdio: ["pipe", "pipe", "pipe"] });
    this.#errors = "";
    this.#rest = new Uint8Array(0);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => reject(this.#failed(`cannot be started: ${cause.message}`)));
    });
    child.on("error", () => {}); // told by the end of its output
    child.stdin.on("error", () => {}); // a program that ended reads no more: the same
    child.stderr.on("data", (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-stderrKept)));
    this.#child = child;
    this.#output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>; // Buffers, without an encoding
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = Buffer.from(this.#rest.subarray(0, end)).toString("utf8");
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (this.#rest.length > longestLine) throw this.#failed("writes no line end");
      this.#rest = Buffer.concat([this.#rest, await this.#more()]);
    }
  }

  async #take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length); // not a Buffer of the pool: voxels are views of it
    let filled = 0;
    for (;;) {
      const part = this.#rest.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
      if (filled === length) return bytes;
      this.#rest = await this.#more();
    }
  }

  async #more(): Promise<Uint8Array<ArrayBuffer>> {
    const { done, value } = await this.#output!.next();
    if (done) throw this.#failed("ended before it answered");
    return new Uint8Array(value);
  }

  #failed(what: string): CirrusError {
    const said = this.#errors.trim() ? `; it said: ${this.#errors.trim().split("\n").at(-1)}` : "";
    return new CirrusError("E_PLUGIN_FAILED", `the program ${this.#command[0]} ${what}${said}`, {
      context: { command: this.#command, stderr: this.#errors },
    });
  }
}

function parsed(line: string): Partial<Record<"bytes" | "missing" | "error", unknown>> | undefined {
  try {
    return JSON.parse(line) as Partial<Record<"bytes" | "missing" | "error", unknown>>; // members are looked at one by one
  } catch {
    return undefined;
  }
}
