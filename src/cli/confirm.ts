/** Questions before something that cannot be undone. Never asked where nobody can answer. */
import { CirrusError } from "../core/errors.js";
import type { Io } from "./io.js";

export interface Confirmation {
  /** What will happen, as a full sentence: "Cancel job 1fq2k9-x7pd and delete its unfinished chunks." */
  readonly act: string;
  /** `--yes` was given. */
  readonly yes: boolean;
  /** Must be typed instead of "yes": for acts that hit the wrong thing easily. */
  readonly typed?: string;
}

/**
 * Resolves once the person agreed.
 *
 * @throws CirrusError `E_CONFIRMATION_NEEDED` when stdin is no terminal, or the answer is another
 */
export async function confirm(
  { act, yes, typed = "yes" }: Confirmation,
  io: Pick<Io, "stdin" | "stderr">,
): Promise<void> {
  if (yes) return;
  if (!io.stdin.isTTY)
    throw new CirrusError(
      "E_CONFIRMATION_NEEDED",
      `${act} This needs a confirmation, and there is no terminal to ask at`,
    );
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: io.stdin });
  const closed = new AbortController();
  // Ctrl-D ends the question like a "no".
  lines.once("close", () => closed.abort());
  try {
    io.stderr.write(`${act}\nType "${typed}" to go on: `);
    const answer = await lines.question("", { signal: closed.signal }).catch(() => "");
    if (answer.trim() !== typed)
      throw new CirrusError("E_CONFIRMATION_NEEDED", "not confirmed: nothing was changed", {
        hint: `only "${typed}" confirms`,
      });
  } finally {
    lines.close();
  }
}

/**
 * The Boss ingest client's questions, to be answered by y or n, whatever the case; asked again after anything else.
 *
 * @returns true where nobody can answer, as unattended runs need it; false for the end of input
 */
export async function answersYes(question: string, io: Pick<Io, "stdin" | "stderr">): Promise<boolean> {
  if (!io.stdin.isTTY) return true;
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: io.stdin });
  try {
    io.stderr.write(`${question} (y/n): `);
    for await (const line of lines) {
      const answer = line.trim().toLowerCase();
      if (answer === "y" || answer === "n") return answer === "y";
      io.stderr.write(`Enter 'y' or 'n' for 'yes' or 'no'\n${question} (y/n): `);
    }
    return false;
  } finally {
    lines.close();
  }
}
