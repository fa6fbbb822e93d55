// Sections much larger than a worker's memory: what a worker takes of it, and whether the plan knew what decoding them costs.
import { largestStage, workerPeak } from "./paired.mjs";
import { figuresOf } from "./report.mjs";

const MB = 1e6;
const shareMB = 384;
const destination = { encoding: "raw", compression: "gzip", layout: "cloudvolume" };
const processes = 2;

/** One run of each layout, whatever the rounds: it takes minutes. */
export async function measureBig({ title }, { data: store, jobs, note }) {
  const goals = [];
  const runs = {};
  for (const layout of ["strip", "tiled"]) {
    const wanted = { kind: "big", layout };
    const data = await store.of(wanted);
    const plan = jobs.planCirrus(data, destination, { processes });
    note(`big sections: ${layout}, ${data.size.join(" x ")}`);
    const { out, ...run } = jobs.runCirrus(data, destination, { processes });
    store.done(wanted);
    note(`big sections: ${layout}, checking`);
    const bytes = jobs.checkAndRemove(data, { out }, { mips: true });
    const value = workerPeak([run]) / MB;
    const binds = largestStage(run.profile.stages);
    goals.push({ what: `worker, ${layout}`, value, most: shareMB, unit: "MB" });
    goals.push({
      what: `seconds told by the plan over measured, ${layout}`,
      value: plan.estimate.seconds / run.wallS,
      least: 0.75,
      most: 1.25,
      binds,
    });
    const { profile } = run;
    const planned = { seconds: plan.estimate.seconds, memoryBytes: plan.peakMemoryBytes, basis: plan.estimate.basis };
    runs[layout] = { ...figuresOf(run), bytes, planned, decodesPerTile: plan.decodesPerTile, profile };
  }
  return { title, goals, runs };
}
