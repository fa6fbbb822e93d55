/** Whether a worker's share is enough for a plan. Pure. */
import { CirrusError } from "../core/errors.js";
import type { Estimate } from "./estimate.js";
import { overheadBytes } from "./memory.js";
import type { TileLayout } from "../tiles/source-document.js";
import type { Plan } from "./plan.js";

interface Share {
  readonly plan: Plan;
  readonly tiles: TileLayout | undefined;
  readonly workerBytes: number;
  readonly workers: number;
}

const MB = 10 ** 6;

/** @throws CirrusError `E_MEMORY_BUDGET` naming the least that works */
export function requireMemory(
  { leastSlabBytes }: Pick<Estimate, "leastSlabBytes">,
  { plan, tiles, workerBytes, workers }: Share,
): void {
  const least = overheadBytes(plan, tiles) + leastSlabBytes;
  if (workerBytes >= least) return;
  throw new CirrusError(
    "E_MEMORY_BUDGET",
    `${Math.floor(workerBytes / MB)} MB a worker is too little for these tiles and chunks: the least that works is --memory ${Math.ceil((least * workers) / MB)}MB for ${workers === 1 ? "1 worker" : `${workers} workers`}`,
  );
}
