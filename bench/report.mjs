// What was measured, as Markdown: run.mjs prints it after each case, and `--report` from files of bench/results.

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What is kept of each run. `load` is the machine's before it, `othersCpuS` what all else used meanwhile. */
export const figuresOf = ({ cpuS, wallS, load, othersCpuS }) => ({ cpuS, wallS, load, othersCpuS });

/** @param cases - by name, as run.mjs keeps them */
export function formatResults(cases) {
  const all = Object.values(cases);
  const whole = all.filter(({ failed }) => !failed);
  const paired = whole.filter(({ rows }) => rows);
  const parts = [...new Set(all.map(({ at, machine, rounds }) => `${at.slice(0, 10)}, ${machine}, ${rounds} rounds`))];
  if (whole.length) parts.push(goalTable(whole));
  for (const { title, failed } of all) if (failed) parts.push(`${title} was not measured: ${failed.split("\n")[0]}`);
  if (paired.length)
    parts.push(
      "CPU seconds are user + system of all processes, the store process included; a ratio is peer over cirrus, paired; medians.",
      table(["work", "who", "CPU s", "wall s", "peak MB", "MB out", "CPU ratio", "wall ratio"], paired.flatMap(rowsOf)),
      ...breakdown(paired),
    );
  return [...parts, ...disturbed(whole)].join("\n\n");
}

/** A goal is { what, value, unit, least, most, binds }; one of the bounds may be missing. */
export const isMet = ({ value, least = -Infinity, most = Infinity }) => value >= least && value <= most;

/** One line for each goal: of those beside a peer with wall time, bytes and memory too. */
function goalTable(cases) {
  const head = ["work", "what", "measured", "goal", "met", "wall ratio", "bytes", "worker MB", "most of the time"];
  const lines = cases.flatMap((one) =>
    one.goals.map((goal) => {
      const { what, wallRatio, binds } = goal;
      const peer = one.rows?.find(({ who }) => what === `CPU beside ${who}`);
      const beside = peer && [wallRatio.toFixed(2), (one.rows[0].bytes / peer.bytes).toFixed(3), mb(one.workerBytes)];
      const met = isMet(goal);
      const [value, bound] = [measured(goal), bounds(goal)];
      return [
        titleOf(one),
        what,
        value,
        bound,
        met ? "yes" : "no",
        ...(beside ?? ["", "", ""]),
        met ? "" : (binds ?? ""),
      ];
    }),
  );
  return table(head, lines);
}

const titleOf = ({ title, size }) => (size ? `${title}, ${size.join(" x ")}` : title);

const mb = (bytes) => (bytes / 1e6).toFixed(0);

const rowsOf = ({ title, rows }) =>
  rows.map(({ who, cpuS, wallS, peakBytes, bytes, cpuRatio, wallRatio }, i) => [
    i === 0 ? title : "",
    who,
    cpuS.toFixed(1),
    wallS.toFixed(1),
    mb(peakBytes),
    (bytes / 1e6).toFixed(1),
    i === 0 ? "1" : `**${cpuRatio.toFixed(2)}**`,
    i === 0 ? "1" : wallRatio.toFixed(2),
  ]);

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
  const cpu = paired.map(({ title, stages }) => [
    title,
    ...scripts.map((script) => (stages.cpuByScript[script] ?? 0).toFixed(1)),
    stages.cpuS.toFixed(1),
  ]);
  return [
    "Worker seconds by stage; they add up to the seconds of the run times its processes:",
    table(["work", ...names, "all"], seconds),
    "CPU seconds by process (sampled), and of the whole job:",
    table(["work", ...scripts, "job"], cpu),
  ];
}

/** Cases in whose runs something else used more than a twentieth of what the job did. */
function disturbed(cases) {
  const lines = cases.flatMap(({ title, rows = [] }) => {
    const runs = rows.flatMap((row) => row.runs ?? []);
    const most = Math.max(0, ...runs.map(({ cpuS, othersCpuS }) => othersCpuS / cpuS));
    return most > 0.05 ? [`${title}: up to ${Math.round(100 * most)} %`] : [];
  });
  return lines.length ? [`Something else used CPU beside these, of what the job used: ${lines.join("; ")}.`] : [];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
