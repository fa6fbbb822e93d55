// How an ingest grows: with each doubling of the workers while cores last, and with eight times the volume.
import { availableParallelism } from "node:os";
import { figuresOf, median } from "./report.mjs";
import { largestStage, workerPeak } from "./paired.mjs";

const destination = { encoding: "raw", compression: "gzip", layout: "cloudvolume" };

export async function measureScaling({ title, data: wanted }, { data: store, jobs, note, rounds }) {
  const data = await store.of(wanted);
  const counts = [1];
  while (2 * counts.at(-1) <= availableParallelism()) counts.push(2 * counts.at(-1));
  const [x, y, z] = data.size.map((side) => Math.floor(side / 2));
  const eighth = {
    ...destination,
    extent: { x: [0, x], y: [0, y], z: [0, z] },
    mips: Array(Math.max(0, data.halvings - 1)).fill([2, 2, 1]),
  };
  const byWorkers = counts.map(() => []);
  const small = [];
  for (let round = 1; round <= rounds; round++) {
    note(`scaling, round ${round}`);
    counts.forEach((processes, i) => byWorkers[i].push(run(destination, processes)));
    small.push(run(eighth, counts.at(-1), [x, y, z]));
  }
  const large = byWorkers.at(-1);
  const binds = largestStage(large.at(-1).profile.stages);
  return {
    title,
    goals: [
      ...counts.slice(1).map((processes, i) => {
        const value = wallOf(byWorkers[i]) / wallOf(byWorkers[i + 1]);
        return { what: `wall, ${counts[i]} -> ${processes} workers`, value, least: 1.8, binds };
      }),
      { what: "CPU at 8 x the volume", value: cpuOf(large) / cpuOf(small), least: 7.2, most: 8.8, binds },
      { what: "worker memory at 8 x the volume", value: peakOf(large) / peakOf(small), most: 1.1 },
    ],
    seconds: { workers: counts, wallS: byWorkers.map(wallOf), cpuS: byWorkers.map(cpuOf), eighthCpuS: cpuOf(small) },
    runs: [...byWorkers, small].map((runs) => runs.map(figuresOf)),
  };

  function run(to, processes, size) {
    const done = jobs.runCirrus(data, to, { processes });
    jobs.checkAndRemove(data, done, { mips: true, size });
    return done;
  }
}

const wallOf = (runs) => median(runs.map(({ wallS }) => wallS));
const cpuOf = (runs) => median(runs.map(({ cpuS }) => cpuS));
const peakOf = (runs) => median(runs.map((run) => workerPeak([run])));
