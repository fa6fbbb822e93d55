// What a job costs before its first voxel: an ingest of one 64^3 chunk into a state folder that has been used before.
import { figuresOf, median } from "./report.mjs";

const destination = { encoding: "raw" };

export async function measureFixedCost({ title }, { data: store, jobs, note, rounds }) {
  const data = await store.of({ kind: "chunk" });
  note("fixed cost: making the state folder");
  jobs.checkAndRemove(data, jobs.runCirrus(data, destination));
  const runs = [];
  // A run takes a second or two: more of them, for a steadier median.
  for (let round = 0; round < 3 * rounds; round++) {
    const run = jobs.runCirrus(data, destination);
    jobs.checkAndRemove(data, run);
    runs.push(run);
  }
  const cpuS = median(runs.map((run) => run.cpuS));
  const wallS = median(runs.map((run) => run.wallS));
  const scripts = [...new Set(runs.flatMap(({ processes }) => processes.map(({ script }) => script)))];
  const cpuByScript = Object.fromEntries(
    scripts.map((script) => [script, median(runs.map((run) => cpuOf(run, script)))]),
  );
  const [[script, seconds]] = Object.entries(cpuByScript).toSorted(([, a], [, b]) => b - a);
  const binds = `${script}, ${seconds.toFixed(2)} CPU s`;
  return {
    title,
    goals: [
      { what: "CPU of one 64^3 chunk", value: cpuS, most: 2, unit: "s", binds },
      { what: "wall of one 64^3 chunk", value: wallS, most: 1.5, unit: "s", binds },
    ],
    cpuByScript,
    runs: runs.map(figuresOf),
  };
}

const cpuOf = ({ processes }, name) =>
  processes.filter(({ script }) => script === name).reduce((sum, process) => sum + process.cpuS, 0);
