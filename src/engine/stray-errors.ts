/**
 * Errors that nobody waited for: a rejected promise that was let go, a throw in a timer's or a stream's callback. Of a plugin or a library,
 * and told as the failure of the task that was under way: what that task made may lack something.
 */
import { CirrusError, messageOf } from "../core/errors.js";

/** How long a task may go on after such an error: what threw may be what it waits for. */
const patienceMs = 5000;

export interface TaskWatch {
  /** Resolves to what the task gives. @throws its error, or `E_TASK_STRAY` */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** True when a task was left behind: the process must end, since that task may still write. */
  readonly isSpoiled: boolean;
}

/** Call once in a process. Errors while no task is under way end it, as they would anyway. */
export function watchStrayErrors(): TaskWatch {
  let isBusy = false;
  let first: { readonly error: unknown } | undefined;
  let tell: (() => void) | undefined;
  let isSpoiled = false;
  const note = (error: unknown): void => {
    if (!isBusy) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    }
    first ??= { error };
    tell?.();
  };
  process.on("unhandledRejection", note).on("uncaughtException", note);
  return {
    get isSpoiled() {
      return isSpoiled;
    },
    async run(task) {
      isBusy = true;
      first = undefined;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"late">((resolve) => {
        tell = () => (timer ??= setTimeout(resolve, patienceMs, "late"));
      });
      try {
        const running = task();
        running.catch(() => {}); // it may be left behind
        const ended = await Promise.race([running.then((value) => ({ value })), late]);
        isSpoiled ||= ended === "late";
        const stray = first as { readonly error: unknown } | undefined; // set by `note`
        if (stray) throw strayError(stray.error);
        return (ended as { readonly value: Awaited<ReturnType<typeof task>> }).value; // late comes with a stray error only
      } finally {
        clearTimeout(timer);
        tell = undefined;
        isBusy = false;
      }
    },
  };
}

const strayError = (cause: unknown): CirrusError =>
  new CirrusError("E_TASK_STRAY", `an error that nothing waited for: ${messageOf(cause)}`, { cause });
