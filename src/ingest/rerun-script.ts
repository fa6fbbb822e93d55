/**
 * A shell script that makes a volume again from its records: for each run the code (checkout and patch, on demand), then the command, with
 * the job config as it was recorded. Encodings and mips depend on nothing but the config, so the chunks come out byte for byte.
 * What cirrus did not run it cannot run again: there the script stops and says what to do.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json/value.js";
import { stringifyLossless } from "../core/json/stringify.js";
import type { ProvenanceEvent } from "../provenance/model/event.js";
import { writingRuns } from "../provenance/model/run-order.js";
import type { LoggedEvent } from "../provenance/model/order.js";
import { statusOf } from "../provenance/model/claim.js";
import type { CodeEnvSummary } from "../provenance/read.js";
import type { ProcessSummary } from "../provenance/model/processing.js";

export interface ScriptFacts {
  readonly url: string;
  /** In causal order. */
  readonly events: readonly LoggedEvent[];
  readonly codeEnvs: readonly CodeEnvSummary[];
  /** Entries of the provenance file. */
  readonly processes: readonly ProcessSummary[];
}

export interface RerunScript {
  readonly script: string;
  /** Runs that it runs. */
  readonly runs: number;
  /** Steps that a person must take: what other tools or programs did. */
  readonly byHand: number;
}

export function rerunScript(facts: ScriptFacts): RerunScript {
  const runs = writingRuns(facts.events).map(({ event }) => event);
  const started = new Set(facts.events.filter(({ event }) => event.kind === "start").map(({ event }) => event.id));
  // Work of others comes first: their entries tell too little about when it was done.
  const steps = [
    ...facts.processes.filter(({ event }) => event === null || !started.has(event)).map(entryStep),
    ...runs
      .filter(({ run }) => statusOf(run, facts.events) !== "cancelled")
      .map((event, i) => runStep(event, i + 1, facts)),
  ];
  const byHand = steps.filter(({ kind }) => kind === "by-hand").length;
  const lines = [...head(facts.url, steps.length - byHand, byHand), ...steps.flatMap((step) => ["", ...step.lines])];
  return { script: `${[...lines, "", 'echo "made again: $DEST"'].join("\n")}\n`, runs: steps.length - byHand, byHand };
}

interface Step {
  readonly kind: "run" | "by-hand";
  readonly lines: readonly string[];
}

const head = (url: string, runs: number, byHand: number): string[] => [
  "#!/bin/sh",
  `# How to make ${oneLine(url)} again, by its records: ${runs} runs of cirrus${byHand ? `, ${byHand} steps by hand` : ""}.`,
  "# Usage: sh SCRIPT DESTINATION     a folder or URL where nothing is yet",
  '#   CIRRUS="node /path/bin/cirrus.js"   the command, default cirrus',
  "#   CHECKOUT=yes                        clone the recorded code into $WORK, check out the commit, apply the patch",
  "#   WORK=folder                         default ./rerun",
  "#   BASE=folder                         what relative paths of the job configs are relative to, instead of where they were",
  "#   BY_HAND=done                        go past the steps that cirrus cannot run",
  "set -eu",
  "DEST=${1:?name the destination}",
  'case "$DEST" in /*|*://*) ;; *) DEST="$PWD/$DEST" ;; esac',
  'DEST_JSON=$(printf %s "$DEST" | sed \'s/[\\\\"]/\\\\&/g\')',
  "CIRRUS=${CIRRUS:-cirrus}",
  'WORK=${WORK:-"$PWD/rerun"}',
  'case "$WORK" in /*) ;; *) WORK="$PWD/$WORK" ;; esac',
  "by_hand() {",
  '  echo "by hand: $1" >&2',
  '  if [ "${BY_HAND:-}" != done ]; then echo "do it, then run this again with BY_HAND=done" >&2; exit 3; fi',
  "}",
];

const entryStep = ({ task, parameters, by, date }: ProcessSummary): Step => ({
  kind: "by-hand",
  lines: [
    `# --- ${oneLine(task || "(no description)")}${by ? `, by ${oneLine(by)}` : ""}${date ? `, ${oneLine(date)}` : ""}; not by cirrus`,
    `#     ${oneLine(stringifyLossless(parameters, "compact"))}`,
    `by_hand ${quoted(`${task} ${stringifyLossless(parameters, "compact")}`)}`,
  ],
});

function runStep(event: ProvenanceEvent, number: number, { events, codeEnvs }: ScriptFacts): Step {
  const { jobId, time, who, agent, motivation = "", process, run } = event;
  const person = who.email ?? who.name ?? who.user ?? "somebody";
  const intro = [
    `# --- ${number}: job ${jobId}, ${time}, by ${oneLine(person)}, ${agent.name} ${agent.version}: ${statusOf(run, events)}`,
    `#     ${oneLine(process?.description ?? "")}; why: ${oneLine(motivation)}`,
  ];
  const files = new Set(event.codeEnvs?.map(({ file }) => file));
  const code = codeEnvs.filter(({ file }) => files.has(file)).flatMap(checkoutLines);
  const command = commandLines(event, number);
  if (command) return { kind: "run", lines: [...intro, ...code, ...command] };
  const argv = event.argv?.map(quoted).join(" ") ?? "no command is recorded";
  return { kind: "by-hand", lines: [...intro, ...code, `by_hand ${quoted(argv)}`] };
}

/** undefined for a run that no command of cirrus made, such as writes through the library. */
function commandLines(event: ProvenanceEvent, number: number): string[] | undefined {
  const { parameters, argv = [], motivation = "" } = event;
  const config = parameters?.config;
  if (isJsonObject(config)) return ingestLines(event, config, number);
  if (argv[1] === "downsample") return [`$CIRRUS downsample "$DEST" --motivation ${quoted(motivation)}`];
  return undefined;
}

function ingestLines(event: ProvenanceEvent, config: JsonObject, number: number): string[] {
  const { sources = [], motivation = "", process, parameters, supersedes } = event;
  const source = parameters?.source;
  const base = isJsonObject(source) && typeof source.baseFolder === "string" ? source.baseFolder : ".";
  const destination = isJsonObject(config.destination) ? config.destination : {};
  const provenance = { sources, motivation, process: { ...process } } as JsonObject; // as the schema of the event has checked
  const document = { ...config, destination: { ...destination, path: marker }, provenance };
  const text = stringifyLossless(document, "pretty")
    .replace(/[\\$`]/g, "\\$&")
    .replace(`"${marker}"`, () => '"$DEST_JSON"');
  const end = `CIRRUS_JOB_${number}`;
  const flags = supersedes?.length ? " --overwrite" : "";
  return [`( cd "\${BASE:-${inDoubleQuotes(base)}}" && $CIRRUS ingest -${flags} ) <<${end}`, text, end];
}

/** Stands for the destination until the script is run; no JSON text of a config holds it by chance. */
const marker = "@@CIRRUS-DESTINATION@@";

/** Of a git environment: clone, commit, patch; others are named. */
function checkoutLines({ file, document, type }: CodeEnvSummary): string[] {
  if (type !== "PythonGithub" || !document) return [`#     ran on: ${oneLine(file)}`];
  const remote = textOf(document.name);
  const commit = textOf(document["commit hash"]);
  const patch = textOf(document.diff);
  // The file's name tells commit and changes: runs of the same code share a checkout.
  const name = file.replace(/[^\w.-]/g, "-");
  const what = `#     code: ${oneLine(remote || "a repository without a remote")} ${commit || "(not committed)"}${patch ? ", with a patch" : ""}`;
  if (!remote || !/^[0-9a-f]{40,64}$/.test(commit)) return [what];
  const end = endFor(patch);
  return [
    what,
    `if [ "\${CHECKOUT:-}" = yes ] && [ ! -d "$WORK/${name}" ]; then`,
    `  git clone --quiet -- ${quoted(remote)} "$WORK/${name}"`,
    `  git -C "$WORK/${name}" checkout --quiet ${commit}`,
    ...(patch ? [`  git -C "$WORK/${name}" apply - <<'${end}'`, patch.replace(/\n$/, ""), end] : []),
    "fi",
  ];
}

const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");

/** A line that the patch does not have. */
function endFor(patch: string): string {
  let end = "END_OF_PATCH";
  while (patch.includes(end)) end += "_";
  return end;
}

/** A comment stays one, whatever the text. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, " ");

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const inDoubleQuotes = (text: string): string => text.replace(/[\\$`"]/g, "\\$&").replaceAll("}", "\\}");
