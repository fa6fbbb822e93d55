/** `cirrus provenance diff`: two runs side by side. */
import { stringifyLossless } from "../../core/json/stringify.js";
import { isJsonObject, type JsonValue } from "../../core/json/value.js";
import type { ProvenanceDiff, Side } from "../../provenance/diff.js";
import { defineCommand } from "../command.js";
import type { Style } from "../style.js";

export const provenanceDiff = defineCommand({
  name: "provenance diff",
  summary: "tell in what two volumes, or two runs of one, were made differently",
  description: `Compares two runs: sources, motivation, parameters, code, environment, inputs and outputs. A side is a volume (its newest run), or a
volume and one of its runs, VOLUME#RUN, where RUN is a job's id, or the beginning of an event's id or of
its digest as \`cirrus provenance log\` prints it, also of work that was documented. Volumes of other tools are compared
by what their provenance files tell.`,
  examples: [
    ["cirrus provenance diff ./first ./second", "two volumes"],
    ["cirrus provenance diff ./volume#1k3m9x-q2zt ./volume", "a job and the newest one of the same volume"],
  ],
  declare: (command) => command.argument("<a>", "volume, or volume#run").argument("<b>", "the other one"),
  run: async ({ args: [a, b] }, { settings }) => {
    const [known, { storeOptions }, { diffRuns }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/diff.js"),
    ]);
    return diffRuns(choiceOf(a), choiceOf(b), storeOptions(known));
  },
  render: formatDiff,
});

function choiceOf(text: string): { readonly url: string; readonly run?: string } {
  const [, url, run] = /^(.*)#([\w-]+)$/.exec(text) ?? [];
  return url && run ? { url, run } : { url: text };
}

function formatDiff({ a, b, differences }: ProvenanceDiff, style: Style): string {
  const head = [style.red(`--- ${nameOf(a)}`), style.green(`+++ ${nameOf(b)}`)];
  if (!differences.length) return [...head, "made alike: nothing that is recorded differs"].join("\n");
  const lines = differences.flatMap(({ path, a: left, b: right }) => [
    style.bold(path),
    ...(left === undefined ? [] : [style.red(`- ${valueText(left)}`)]),
    ...(right === undefined ? [] : [style.green(`+ ${valueText(right)}`)]),
  ]);
  return [...head, ...lines].join("\n");
}

const nameOf = ({ url, jobId, run, startedAt }: Side): string =>
  run === null ? url : `${url}  ${jobId === null ? run.replace("urn:uuid:", "") : `job ${jobId}`}, ${startedAt}`;

/** Members of an object that only one side has, such as the packages of an environment. */
const mostMembers = 20;

function valueText(value: JsonValue): string {
  if (typeof value === "string") return value.replaceAll("\n", "\n  ");
  if (!isJsonObject(value)) return stringifyLossless(value, "compact");
  const parts = Object.entries(value).map(([name, member]): [string, JsonValue] => {
    const count = isJsonObject(member) ? Object.keys(member).length : 0;
    return [name, count > mostMembers ? `${count} (--json lists them)` : member];
  });
  return parts.length > mostMembers
    ? `${parts.length} (--json lists them)`
    : stringifyLossless(Object.fromEntries(parts), "compact");
}
