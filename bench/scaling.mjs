// How an ingest grows: with eight times the volume, and there with each doubling of the workers while cores last. JPEG chunks, so that eight
// times 4096 x 4096 x 128 fits into memory.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { figuresOf, median } from "./report.mjs";
import { largestStage, workerPeak } from "./paired.mjs";

const times = 8;
const destination = { encoding: "jpeg:85" };

export async function measureScaling({ title, data: wanted }, { data: store, jobs, note, rounds }) {
  const data = await store.of(wanted);
  const repeated = { kind: "repeated", times };
  const large = await store.of(repeated);
  const counts = [1];
  while (2 * counts.at(-1) <= availableParallelism()) counts.push(2 * counts.at(-1));
  const byWorkers = counts.map(() => []);
  const small = [];
  for (let round = 1; round <= rounds; round++) {
    const single = jobs.runCirrus(data, destination, { processes: counts.at(-1) });
    jobs.check(data, single);
    small.push(single);
    counts.forEach((processes, i) => {
      note(`scaling, round ${round}: ${processes} workers, ${large.size.join(" x ")}`);
      const run = jobs.runCirrus(large, destination, { processes });
      checkRepeats(run.out, single.out, data.size[2]);
      jobs.remove(run);
      byWorkers[i].push(run);
    });
    jobs.remove(single);
  }
  store.done(repeated);
  const most = byWorkers.at(-1);
  const binds = largestStage(most.at(-1).profile.stages);
  return {
    title,
    goals: [
      ...counts.slice(1).map((processes, i) => {
        const value = wallOf(byWorkers[i]) / wallOf(byWorkers[i + 1]);
        return { what: `wall, ${counts[i]} -> ${processes} workers`, value, least: 1.8, binds };
      }),
      { what: `CPU at ${times} x the volume`, value: cpuOf(most) / cpuOf(small), least: 7.2, most: 8.8, binds },
      { what: `worker memory at ${times} x the volume`, value: peakOf(most) / peakOf(small), most: 1.1 },
    ],
    seconds: { workers: counts, wallS: byWorkers.map(wallOf), cpuS: byWorkers.map(cpuOf), onceCpuS: cpuOf(small) },
    runs: [...byWorkers, small].map((runs) => runs.map(figuresOf)),
  };
}

/** Every chunk is the one `depth` sections before it, down to the volume that was compared with its source: byte for byte, none too few. */
function checkRepeats(out, once, depth) {
  for (const scale of JSON.parse(readFileSync(join(once, "info"), "utf8")).scales) {
    const names = readdirSync(join(out, scale.key));
    const expected = times * readdirSync(join(once, scale.key)).length;
    if (names.length !== expected)
      throw new Error(`${scale.key} of ${out} has ${names.length} chunks, not ${expected}`);
    for (const name of names) {
      const [x, y, z] = name.split("_");
      const before = z.split("-").map((bound) => Number(bound) % depth);
      const same = `${x}_${y}_${before[0]}-${before[1] || depth}`;
      if (!readFileSync(join(out, scale.key, name)).equals(readFileSync(join(once, scale.key, same))))
        throw new Error(`${scale.key}/${name} of ${out} is not the chunk ${same} of the same sections`);
    }
  }
}

const wallOf = (runs) => median(runs.map(({ wallS }) => wallS));
const cpuOf = (runs) => median(runs.map(({ cpuS }) => cpuS));
const peakOf = (runs) => median(runs.map((run) => workerPeak([run])));
