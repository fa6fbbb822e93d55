/** Options that several commands have, each defined once. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Vec3 } from "../core/vec3.js";
import { progressModes } from "./progress-renderer.js";

/** `-p`: read by `settings()`, as `memory` is. */
export const processesOption = () =>
  new Option("-p, --processes <n>", "worker processes (CIRRUS_PROCESSES); default: one per core");
export const memoryOption = () => new Option("--memory <amount>", "of all workers together, like 2GB (CIRRUS_MEMORY)");
/** Read by `context.progress()`. */
export const progressOption = () =>
  new Option("--progress <how>", "how progress is shown on stderr").choices(progressModes);
export const yesOption = () => new Option("-y, --yes", "do not ask");
export const jobIdOption = () => new Option("--job-id <id>", "as `cirrus ingest` and `cirrus status` print it");

/** `4,4,50` -> [4, 4, 50], each above 0; for `argParser`. */
export function parsePositiveTriple(text: string): Vec3 {
  const numbers = text.split(/[,x ]+/).map(Number);
  const [x, y, z] = numbers;
  if (
    numbers.length !== 3 ||
    x === undefined ||
    y === undefined ||
    z === undefined ||
    !numbers.every((each) => Number.isFinite(each) && each > 0)
  ) {
    throw new InvalidArgumentError("Write three numbers above 0: x,y,z.");
  }
  return [x, y, z];
}

/** For `argParser`. */
export function parseWholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Write a whole number.");
  return value;
}

/** For `argParser`. 0: any free port. */
export function parsePort(text: string): number {
  const port = parseWholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError("Write a port, 0 to 65535.");
  return port;
}
