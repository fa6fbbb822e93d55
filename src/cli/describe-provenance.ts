/** A volume's provenance as text for people. */
import { stringifyLossless } from "../core/json/stringify.js";
import type { JsonValue } from "../core/json/value.js";
import type { JobSummary } from "../provenance/job-summary.js";
import type { CodeEnvSummary, ProvenanceSummary } from "../provenance/read.js";
import { formatCounted, formatTable } from "./format.js";
import type { Style } from "./style.js";

/** Texts of people are kept whole, line by line. */
export function describeProvenance(summary: ProvenanceSummary, style: Style): string {
  const { url, sources, owners, motivations, processes, timeline, codeEnvs, jobs } = summary;
  if (!summary.isDocumented) return `${style.bold(url)}\n${style.yellow("This volume has no provenance.")}`;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length ? ["", style.bold(title), ...lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}`)] : [];
  const codeOf = new Map(codeEnvs.map((env) => [env.file, describeCode(env)]));
  return [
    style.bold(url),
    ...section("sources", sources),
    ...section("owners", owners),
    ...section("motivation", motivations),
    ...section(
      "process",
      processes.map(({ task, parameters, by, date }) => {
        const facts = [by && `by ${by}`, date].filter(Boolean).join(", ");
        const rows = Object.entries(parameters).map(([name, value]) => [`  ${name}`, valueText(value)]);
        return [
          `${task || "(no description)"}${facts ? style.dim(`  ${facts}`) : ""}`,
          ...(rows.length ? [formatTable(rows)] : []),
        ].join("\n");
      }),
    ),
    ...section(
      "code",
      codeEnvs.map(
        (env) =>
          `${codeOf.get(env.file)}${env.isUnaltered === false ? style.red("  altered since it was recorded") : ""}`,
      ),
    ),
    ...section(
      "timeline",
      timeline.map(({ time, what, text, by }) =>
        [
          style.dim(minuteOf(time)),
          what.padEnd(10),
          `${text.replaceAll("\n", `\n${" ".repeat(30)}`)}${by ? style.dim(`  by ${by}`) : ""}`,
        ].join("  "),
      ),
    ),
    ...section("jobs", jobs.length ? [formatTable(jobs.map(describeJob))] : []),
  ].join("\n");
}

/** `2025-03-01 09:30`, as wide where there is none. */
const minuteOf = (time: string | null): string => (time ?? "(no time)").replace("T", " ").slice(0, 16).padEnd(16);

function describeJob({ jobId, status, startedAt, endedAt, resumedAt, end }: JobSummary): string[] {
  const resumed = resumedAt.length ? `resumed ${resumedAt.length} times` : "";
  const filled = end?.filled?.count ? `${end.filled.count} tiles filled` : "";
  return [jobId, status, startedAt, endedAt ?? "", [resumed, filled].filter(Boolean).join(", ")];
}

/** The keys are provenance-toolbox's for git and Docker, and cirrus's for Node and the system. */
function describeCode({ file, type, document }: CodeEnvSummary): string {
  const field = (name: string): string => {
    const value = document?.[name];
    return value === undefined || value === "" ? "?" : valueText(value);
  };
  switch (type) {
    case "PythonGithub":
      return `git      ${field("name")} ${field("commit hash").slice(0, 12)}${field("diff") === "?" ? "" : " with changes"}  (${file})`;
    case "Docker":
      return `docker   ${field("image name")}:${field("tag")} ${field("image ID").slice(0, 19)}  (${file})`;
    case "Node":
      if (document?.["lock file"] !== undefined)
        return `node     ${field("name")} ${field("version")}${packagesOf(document)}  (${file})`;
      return `node     ${field("node version")}, cirrus ${field("cirrus version")}  (${file})`;
    case "uv":
      return `uv       ${field("name")} ${field("version")}${packagesOf(document)}  (${file})`;
    case "Conda":
      return `conda    ${field("name")}${packagesOf(document, "conda packages")}  (${file})`;
    case "Singularity":
      return `image    ${field("image")}  (${file})`;
    case "System":
      return `system   ${field("OS")} ${field("release")}, ${field("architecture")}, ${field("CPU model")}  (${file})`;
    default:
      return `${type ?? "unreadable"}  (${file})`;
  }
}

function packagesOf(document: CodeEnvSummary["document"], name = "packages"): string {
  const packages = document?.[name];
  return Array.isArray(packages) && packages.length ? `, ${formatCounted(packages.length, "package")}` : "";
}

const valueText = (value: JsonValue): string =>
  typeof value === "string" ? value : stringifyLossless(value, "compact");
