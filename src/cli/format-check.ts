/** How a check of a volume's records reads. */
import type { Check, CheckReport } from "../verify/check-provenance.js";
import type { Style } from "./style.js";

/** Per check; `--json` lists all. */
const mostNamed = 50;

export function formatCheck({ path, state, checks }: CheckReport, style: Style): string {
  const problems = checks.reduce((sum, check) => sum + check.problems.length, 0);
  const partly = checks.filter((check) => check.unknown.length > 0).length;
  const limits = partly ? `; ${partly} of ${checks.length} checks could not be made in full` : "";
  const endings = {
    ok: style.green(`nothing differs from the records${limits}`),
    problems: style.red(`${problems} ${problems === 1 ? "thing differs" : "things differ"} from the records`),
    undocumented: style.yellow("This volume has no provenance."),
  };
  return [style.bold(path), ...checks.flatMap((check) => linesOf(check, style)), endings[state]].join("\n");
}

const marks = { ok: "ok", problem: "PROBLEM", unknown: "unknown" } as const;

function linesOf({ name, state, summary, problems, unknown }: Check, style: Style): string[] {
  const paint = { ok: style.green, problem: style.red, unknown: style.yellow }[state];
  const named = problems.slice(0, mostNamed);
  const more = problems.length - named.length;
  return [
    `${paint(marks[state].padEnd(7))}  ${name}${problems.length ? "" : `: ${summary}`}`,
    ...named.map(
      ({ what, subject, detail }) => `           ${style.red(what)}  ${subject ? `${subject}: ` : ""}${detail}`,
    ),
    ...(more > 0 ? [`           and ${more} more (--json lists them)`] : []),
    ...unknown.map((text) => `           ${style.dim("not known")}  ${text}`),
  ];
}
