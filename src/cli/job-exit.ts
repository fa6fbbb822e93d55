/** Exit codes of runs. */
import { exitCodes, type ExitCode } from "../core/error-codes.js";
import type { RunSummary } from "../engine/events.js";

/** undefined for a run that a signal ended: its code is the signal's. */
export function exitCodeOfRun({ state }: Pick<RunSummary, "state">): ExitCode | undefined {
  if (state === "done") return exitCodes.ok;
  if (state === "failed") return exitCodes.incomplete;
  return state === "cancelled" ? exitCodes.failure : undefined;
}
