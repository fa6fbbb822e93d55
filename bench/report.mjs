// What was measured, as Markdown.

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param results - by name of the case */
export function formatResults({ machine, rounds, cases }) {
  const all = Object.values(cases);
  const paired = all.filter(({ rows }) => rows);
  const parts = [`${machine}; ${rounds} rounds.`];
  if (paired.length)
    parts.push(
      "CPU is user + system of all processes, the store process included; a ratio is peer over cirrus, paired; medians.",
      table(["work", "who", "CPU s", "wall s", "peak MB", "MB out", "CPU ratio", "wall ratio"], paired.flatMap(rowsOf)),
    );
  parts.push(table(["work", "goal", "measured", "wanted", "met"], all.flatMap(goalsOf)));
  if (paired.length) parts.push(...breakdown(paired));
  return parts.join("\n\n");
}

const rowsOf = ({ title, rows }) =>
  rows.map(({ who, cpuS, wallS, peakBytes, bytes, cpuRatio, wallRatio }, i) => [
    i === 0 ? title : "",
    who,
    cpuS.toFixed(1),
    wallS.toFixed(1),
    (peakBytes / 1e6).toFixed(0),
    (bytes / 1e6).toFixed(1),
    i === 0 ? "1" : `**${cpuRatio.toFixed(2)}**`,
    i === 0 ? "1" : wallRatio.toFixed(2),
  ]);

/** A goal is { what, value, unit, least, most }; one of the bounds may be missing. */
export const isMet = ({ value, least = -Infinity, most = Infinity }) => value >= least && value <= most;

const goalsOf = ({ title, goals }) =>
  goals.map((goal) => [title, goal.what, measured(goal), bounds(goal), isMet(goal) ? "yes" : "no"]);

const measured = ({ value, unit }) => withUnit(value.toFixed(value >= 50 ? 0 : value < 1.5 ? 3 : 2), unit);

const bounds = ({ least, most, unit }) =>
  withUnit([least && `>= ${least}`, most && `<= ${most}`].filter(Boolean).join(", "), unit);

const withUnit = (text, unit) => (unit ? `${text} ${unit}` : text);

/** Where the worker seconds of the run in the middle went, by stage; they add up to its wall time times its processes. */
function breakdown(paired) {
  const names = [...new Set(paired.flatMap(({ stages }) => stages.stages.map(({ stage }) => stage)))];
  const seconds = paired.map(({ title, stages }) => {
    const of = Object.fromEntries(stages.stages.map(({ stage, seconds: s }) => [stage, s]));
    const all = stages.stages.reduce((sum, stage) => sum + stage.seconds, 0);
    return [title, ...names.map((name) => (of[name] ?? 0).toFixed(1)), all.toFixed(1)];
  });
  const scripts = [...new Set(paired.flatMap(({ stages }) => Object.keys(stages.cpuByScript)))];
  const cpu = paired.map(({ title, stages, workerBytes }) => [
    title,
    ...scripts.map((script) => (stages.cpuByScript[script] ?? 0).toFixed(1)),
    stages.cpuS.toFixed(1),
    (workerBytes / 1e6).toFixed(0),
  ]);
  return [
    "Worker seconds by stage; they add up to the seconds of the run times its processes:",
    table(["work", ...names, "all"], seconds),
    "CPU seconds by process (sampled), of the whole job, and the largest resident set of a worker:",
    table(["work", ...scripts, "job", "worker MB"], cpu),
  ];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
