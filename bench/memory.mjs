// The largest resident set that a worker ever has, by the kernel's count, at several tile sizes, beside what the plan said.
import { median } from "./report.mjs";
import { workerPeak } from "./paired.mjs";

const MB = 1e6;
const processes = 2;
const shareMB = 384;
/** MB of one worker at the tiles of the case; larger ones must keep within a worker's share of the default budget. */
const goalAt = { 1024: 200 };
const sides = [1024, 2048, 4096];

export async function measureMemory({ title, data: wanted }, { data: store, jobs, note, rounds }) {
  const { size: all, source } = await store.of(wanted);
  const size = [...all.slice(0, 2), Math.min(64, all[2])];
  const goals = [];
  for (const side of sides.filter((each) => each <= Math.max(source.params.tileSize, size[0]))) {
    const kind = side === source.params.tileSize ? wanted : { kind: "tiles", side, depth: size[2] };
    const data = await store.of(kind);
    const extent = { x: [0, size[0]], y: [0, size[1]], z: [0, size[2]] };
    const destination = { encoding: "raw", compression: "gzip", layout: "cloudvolume", extent };
    const peaks = [];
    for (let round = 0; round < rounds; round++) {
      note(`memory: tiles of ${side}`);
      const run = jobs.runCirrus(data, destination, { processes });
      jobs.checkAndRemove(data, run, { size });
      peaks.push(workerPeak([run]) / MB);
    }
    const value = median(peaks);
    const planned = jobs.planCirrus(data, destination, { processes }).peakMemoryBytes / processes / MB;
    goals.push(
      { what: `worker, tiles of ${side}`, value, most: goalAt[side] ?? shareMB, unit: "MB" },
      { what: `plan over measured, tiles of ${side}`, value: planned / value, least: 0.75, most: 1.25 },
    );
    if (kind !== wanted) store.done(kind);
  }
  return { title, goals };
}
