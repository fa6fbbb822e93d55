/** A survey of volumes as text for people. */
import type { SurveyReport, VolumeReport } from "../provenance/survey/report.js";
import { formatTable } from "./format.js";
import type { Style } from "./style.js";

export function describeReport({ prefix, volumes, complete, wanting }: SurveyReport, style: Style): string {
  if (!volumes.length) return `there is no volume below ${prefix}`;
  const paint = (state: VolumeReport["state"]): string => {
    if (state === "complete") return style.green(state);
    return state === "incomplete" ? style.yellow(state) : style.red(state);
  };
  const rows = volumes.map(({ url, format, state, lacks, problems }) => [
    paint(state),
    format === "precomputed" ? url : `${url} (${format})`,
    [lacks.length ? `lacks ${lacks.join(", ")}` : "", ...problems.slice(0, 1)].filter(Boolean).join("; ") +
      (problems.length > 1 ? `; and ${problems.length - 1} more problems` : ""),
  ]);
  const count = `${volumes.length} volume${volumes.length === 1 ? "" : "s"}`;
  return [formatTable(rows), "", `${count}: ${complete} complete, ${wanting} wanting`].join("\n");
}
