/** The records of a volume as a page for people: for a data release, a wiki, the methods of a paper. */
import { stringifyLossless } from "../../core/json/stringify.js";
import type { ExportFacts, ExportRun } from "./facts.js";

export function markdown({ summary, name, runs, chunks, time, exporter, infoSha256 }: ExportFacts): string {
  const { url, sources, owners, motivations, notes, problems } = summary;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length ? [`## ${title}`, "", ...lines, ""] : [];
  return [
    `# ${text(name)}`,
    "",
    `Volume \`${code(url)}\`, provenance as of ${time}, told by ${exporter.name} ${exporter.version}.`,
    "",
    ...section("Motivation", motivations.map(quote)),
    ...section(
      "Sources",
      sources.map((source) => `- ${text(source)}`),
    ),
    ...section(
      "Owners",
      owners.map((owner) => `- ${text(owner)}`),
    ),
    ...section("History", runs.flatMap(describeRun)),
    ...section(
      "Notes",
      notes.map(
        (note) =>
          `- ${[note.time, note.type === "GENERIC" ? "" : note.type].filter(Boolean).join(" ")}: ${text(note.text)}`,
      ),
    ),
    ...section("Digests", [
      ...(infoSha256 ? [`- info: \`sha256:${infoSha256}\``] : []),
      ...(chunks
        ? [`- chunks: \`${chunks.zarrChecksum}\` (zarr-checksum), ${chunks.objects} objects, ${chunks.bytes} bytes`]
        : []),
    ]),
    ...section(
      "Problems of the records",
      problems.map((problem) => `- ${text(problem)}`),
    ),
  ]
    .join("\n")
    .trimEnd();
}

function describeRun(run: ExportRun): string[] {
  const { task, jobId, status, startedAt, endedAt, who, software, inputs, codeEnvs, argv, end } = run;
  const person = [who.name, who.email && `<${who.email}>`, who.orcid].filter(Boolean).join(" ");
  const row = (label: string, value: string | false | null | undefined): string[] =>
    value ? [`- ${label}: ${value}`] : [];
  const parameters = Object.entries(run.parameters).map(
    ([key, value]) =>
      `\`${code(key)}\` = \`${code(typeof value === "string" ? value : stringifyLossless(value, "compact"))}\``,
  );
  return [
    `### ${text(task || "unnamed process")}`,
    "",
    ...row("job", jobId && `${jobId}, ${status ?? ""}`),
    ...row("when", [startedAt, endedAt].filter(Boolean).join(" to ")),
    ...row("who", text(person || who.user || "")),
    ...row("software", text(`${software.name} ${software.version}`)),
    ...row("command", argv && `\`${code(argv.join(" "))}\``),
    ...row("parameters", parameters.join(", ")),
    ...row("read", inputs.map(({ uri, digest }) => text(uri) + (digest ? ` (\`${digest}\`)` : "")).join("; ")),
    ...row("code", codeEnvs.map(({ file }) => `\`${code(file)}\``).join(", ")),
    ...row("result", end?.message && text(end.message)),
    "",
  ];
}

/** Nothing that people wrote becomes markup. */
const text = (value: string): string => value.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>#|!]/g, String.raw`\$&`);
const code = (value: string): string => value.replace(/\s+/g, " ").replaceAll("`", "'");
const quote = (value: string): string =>
  `${value
    .split("\n")
    .map((line) => `> ${text(line)}`)
    .join("\n")}\n`;
