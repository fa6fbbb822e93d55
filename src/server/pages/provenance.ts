/** Where a volume came from, on the home page: sources, why, how, who, when, code, jobs. */
import { stringifyLossless } from "../../core/json/stringify.js";
import type { ProvenanceSummary } from "../../provenance/read.js";
import { facts } from "./facts.js";
import { html, type Html } from "./html.js";

/** @param summary - null when it may not be read */
export function provenanceSection(summary: ProvenanceSummary | null): Html {
  if (!summary) return html`<p class="faint">Its provenance may not be read with these credentials.</p>`;
  if (!summary.isDocumented) return html`<p class="faint">This volume has no provenance.</p>`;
  const { sources, owners, motivations, processes, codeEnvs, jobs, problems } = summary;
  return html`<h3>Provenance</h3>
    ${facts([
      ["sources", sources.join("\n")],
      ["motivation", motivations.join("\n")],
      ["process", processes.map(({ task, date }) => [task, date && `(${date})`].filter(Boolean).join(" ")).join("\n")],
      [
        "who",
        [...new Set([...owners, ...processes.map(({ by }) => by ?? ""), ...jobs.map(whoOf)])]
          .filter(Boolean)
          .join(", "),
      ],
      [
        "code",
        codeEnvs
          .map(({ type, document }) => [type ?? "unreadable", codeName(document)].filter(Boolean).join(" "))
          .join("\n"),
      ],
      [
        "jobs",
        jobs
          .map(
            ({ jobId, status, startedAt, endedAt }) =>
              `${jobId}  ${status}  ${startedAt}${endedAt ? ` to ${endedAt}` : ""}`,
          )
          .join("\n"),
      ],
      ["problems", problems.join("\n")],
    ])}`;
}

const whoOf = ({ start }: ProvenanceSummary["jobs"][number]): string => start.who.name ?? start.who.user ?? "";

/** What tells one environment from another, where the file has it. */
function codeName(document: ProvenanceSummary["codeEnvs"][number]["document"]): string {
  const names = ["name", "commit hash", "image name", "cirrus version", "node version", "OS"];
  return names
    .flatMap((name) => {
      const value = document?.[name];
      if (value === undefined || value === "") return [];
      const text = typeof value === "string" ? value : stringifyLossless(value, "compact");
      return name === "cirrus version" ? `cirrus ${text}` : name === "commit hash" ? text.slice(0, 12) : text;
    })
    .join(" ");
}
