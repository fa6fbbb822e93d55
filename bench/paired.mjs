// A job of cirrus beside its peers. Runs of cirrus lie between those of the peers; a ratio is a peer's figure over the mean of the runs
// of cirrus before and after it, and the median of all rounds is told. Every output is checked before its figures count.
import { peers } from "./cases.mjs";
import { figuresOf, median } from "./report.mjs";

/**
 * @param context - { data, jobs, note, rounds, isLate }
 * @returns { rows, goals, stages } of the case, medians
 */
export async function runPaired(name, wanted, { data: store, jobs, note, rounds, isLate }) {
  const data = await store.of(wanted.data);
  const isLossless = !wanted.destination.encoding.startsWith("jpeg");

  const runAndCheck = (run, options) => {
    const { out, ...figures } = run();
    return { ...figures, bytes: jobs.checkAndRemove(data, { out }, options) };
  };
  const ours = { who: "cirrus", runs: [] };
  const rows = Object.keys(wanted.peers).map((who) => ({ who, runs: [], ratios: [] }));
  const runOurs = () => {
    ours.runs.push(runAndCheck(() => jobs.runCirrus(data, wanted.destination), { mips: isLossless }));
    return ours.runs.at(-1);
  };
  note(`${name}: ${data.size.join(" x ")}`);
  let before = runOurs();
  let round = 1;
  for (; round <= rounds && !(round > 1 && isLate()); round++)
    for (const row of rows) {
      note(`${name}, round ${round}: ${row.who}`);
      const peer = runAndCheck(() => jobs.runPeer(data, peers[row.who], wanted.flags));
      const after = runOurs();
      row.runs.push(peer);
      row.ratios.push({
        cpu: peer.cpuS / ((before.cpuS + after.cpuS) / 2),
        wall: peer.wallS / ((before.wallS + after.wallS) / 2),
      });
      before = after;
    }
  return { ...summaryOf(wanted, [ours, ...rows], data), rounds: round - 1 };
}

function summaryOf({ title, peers: goals, bytes: byteGoals = {} }, rows, { size, dtype }) {
  const shown = rows.map(({ who, runs, ratios = [] }) => {
    const figure = (key) => median(runs.map((run) => run[key]));
    const row = {
      who,
      cpuS: figure("cpuS"),
      wallS: figure("wallS"),
      peakBytes: figure("peakBytes"),
      bytes: figure("bytes"),
      runs: runs.map(figuresOf),
    };
    const cpus = ratios.map(({ cpu }) => cpu);
    const paired = { cpuRatio: median(cpus), cpuRatios: cpus, wallRatio: median(ratios.map(({ wall }) => wall)) };
    return ratios.length ? { ...row, ...paired } : row;
  });
  const [{ runs }] = rows;
  const profile = medianProfile(runs);
  const binds = largestStage(profile.stages);
  const goalRows = shown.slice(1).flatMap(({ who, cpuRatio, wallRatio, bytes }) => {
    const ratio = { what: `CPU beside ${who}`, value: cpuRatio, least: goals[who], wallRatio, binds };
    if (!(who in byteGoals)) return [ratio];
    const more = { what: `bytes over those of ${who}`, value: shown[0].bytes / bytes, most: byteGoals[who] };
    return [ratio, more];
  });
  return {
    title,
    size,
    dtype,
    rows: shown,
    goals: goalRows,
    stages: profile,
    workerBytes: workerPeak(runs),
  };
}

/** Worker seconds by stage of the run in the middle: they add up to its seconds times its processes. */
function medianProfile(runs) {
  const sorted = runs.toSorted((a, b) => a.cpuS - b.cpuS);
  const { profile, cpuS, processes } = sorted[Math.floor(sorted.length / 2)];
  const byScript = {};
  for (const { script, cpuS: seconds } of processes) {
    const name = script.endsWith(".js") ? script : "others";
    byScript[name] = (byScript[name] ?? 0) + seconds;
  }
  return { ...profile, cpuS, cpuByScript: byScript };
}

/** For people: what the workers did longest. */
export function largestStage(stages) {
  const busy = stages.filter(({ stage }) => stage !== "queue");
  const largest = busy.toSorted((a, b) => b.seconds - a.seconds)[0];
  const all = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  return `${largest.stage}, ${Math.round((100 * largest.seconds) / all)} % of the workers' time`;
}

/** The largest resident set that any worker ever had. */
export const workerPeak = (runs) =>
  Math.max(
    ...runs.flatMap(({ processes }) =>
      processes.filter(({ script }) => script === "worker.js").map(({ peakBytes }) => peakBytes),
    ),
  );
