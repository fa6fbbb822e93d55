/** Jobs, ranges and outcomes for the contracts of jobs, and a job with a filled queue. */
import type { Jobs, NewJob, RangeOutcome, TaskRange } from "#src/jobs/contracts.js";

let made = 0;
export const newJob = (changes: Partial<NewJob> = {}): NewJob => ({
  id: `job${++made}`,
  kind: "ingest",
  destination: "file:///volume",
  configDigest: `digest${made}`,
  document: { z: 1, a: ["\0", "é"] },
  stages: [100, 10],
  rangeSize: 4,
  encoderFingerprint: "f".repeat(64),
  owner: "me@here",
  ...changes,
});

export const range = (from: number, stage = 0, round = 0): TaskRange => ({ from, to: from + 4, stage, round });
export const ranges = (count: number): TaskRange[] => Array.from({ length: count }, (_, i) => range(4 * i));
export const outcome = (changes: Partial<RangeOutcome> = {}): RangeOutcome => ({
  manifestSha256: "0".repeat(64),
  manifestKey: "provenance.d/manifests/job/0.0.0",
  failedTasks: 0,
  filledTiles: 1,
  chunks: 64,
  bytes: 1000,
  cost: 0.5,
  ...changes,
});
export const froms = (list: readonly TaskRange[]): number[] => list.map(({ from }) => from);
export const first = { round: 0, stage: 0 };

export async function queueWith(jobs: Jobs, list: readonly TaskRange[]) {
  const job = await jobs.create(newJob());
  const queue = await jobs.queueOf(job);
  await queue.insert(list);
  return { job, queue };
}
