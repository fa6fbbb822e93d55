/** Colours for people, off where they would be noise (no-color.org). */
import pc from "picocolors";
import type { Io, Output } from "./io.js";

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** In this order: `--no-color`, NO_COLOR (any non-empty value), FORCE_COLOR (not 0 or false), TERM=dumb, a terminal or not. */
export function usesColour(output: Output, env: Io["env"], argv: readonly string[] = []): boolean {
  if (argv.includes("--no-color") || env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return env["TERM"] !== "dumb" && output.isTTY === true;
}

export const styleFor = (coloured: boolean): Style => pc.createColors(coloured);

/** No colours. */
export const plainStyle: Style = styleFor(false);

/** A terminal that can redraw a line: continuous integration and dumb terminals count as none. */
export const isLive = (output: Output, env: Io["env"]): boolean =>
  output.isTTY === true && !env["CI"] && env["TERM"] !== "dumb";
