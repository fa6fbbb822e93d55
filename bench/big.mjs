// Sections much larger than a worker's memory: what a worker takes of it, and whether the plan knew what decoding them costs.
import { workerPeak } from "./paired.mjs";

const MB = 1e6;
const shareMB = 384;
const destination = { encoding: "raw", compression: "gzip", layout: "cloudvolume" };
const processes = 2;

/** One run of each layout, whatever the rounds: it takes minutes. */
export async function measureBig({ title }, { data: store, jobs, note }) {
  const goals = [];
  const runs = {};
  for (const layout of ["strip", "tiled"]) {
    const data = await store.of({ kind: "big", layout });
    const plan = jobs.planCirrus(data, destination, { processes });
    note(`big sections: ${layout}, ${data.size.join(" x ")}`);
    const run = jobs.runCirrus(data, destination, { processes });
    jobs.checkAndRemove(data, run);
    const value = workerPeak([run]) / MB;
    goals.push({ what: `worker, ${layout}`, value, most: shareMB, unit: "MB" });
    goals.push({
      what: `seconds told by the plan over measured, ${layout}`,
      value: plan.estimate.seconds / run.wallS,
      least: 0.75,
      most: 1.25,
    });
    runs[layout] = { cpuS: run.cpuS, wallS: run.wallS, decodesPerTile: plan.decodesPerTile, profile: run.profile };
  }
  return { title, goals, runs };
}
