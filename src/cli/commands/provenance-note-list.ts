/** `cirrus provenance note list`: every note of a volume, oldest first. */
import { Option } from "@commander-js/extra-typings";
import type { ListedNote } from "../../provenance/model/note-list.js";
import { defineCommand } from "../command.js";
import { collect } from "../provenance-options.js";

const types = ["motivation", "result", "generic"] as const;

export const provenanceNoteList = defineCommand({
  name: "provenance note list",
  summary: "list the notes of a volume, whoever wrote them",
  description: `Lists the notes of a volume, oldest first: those of provenance-toolbox and cirrus-volume, of cirrus's jobs, and free text that stands
in "description".`,
  examples: [
    ["cirrus provenance note list ./volume", ""],
    ["cirrus provenance note list ./seg --type result --search merge", "results that speak of merges"],
    ["cirrus provenance note list ./seg --segment 648518346349515986 --json", "about one segment"],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume")
      .addOption(new Option("--type <type>", "only these").choices(types))
      .option("--search <text>", "only those that hold this text, whatever its case")
      .option("--tag <word>", "only those with this tag; several times: with all of them", collect)
      .option("--segment <id>", "only those about this segment"),
  run: async ({ args: [path], options }, { settings }): Promise<{ readonly notes: readonly ListedNote[] }> => {
    const [known, { storeOptions }, { listNotes }, { requireVolume }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/notes.js"),
      import("../require-volume.js"),
    ]);
    const all = await listNotes(path, storeOptions(known));
    if (!all.length) await requireVolume(path, storeOptions(known));
    const { type, search = "", tag = [], segment } = options;
    const notes = all.filter(
      (note) =>
        (type === undefined || note.type === type.toUpperCase()) &&
        note.text.toLowerCase().includes(search.toLowerCase()) &&
        tag.every((word) => note.tags.includes(word)) &&
        (segment === undefined || note.segment === segment),
    );
    return { notes };
  },
  render: ({ notes }, style) =>
    notes.length ? notes.map((note) => describeNote(note, style.dim)).join("\n") : "There is no such note.",
});

/** Lines of the text after the first are indented. */
function describeNote({ time, type, text, by, tags, box, segment }: ListedNote, dim: (text: string) => string): string {
  const about = [
    by && `by ${by}`,
    tags.length && tags.map((tag) => `#${tag}`).join(" "),
    segment && `segment ${segment}`,
    box && `box ${box.min.join(",")} to ${box.max.join(",")} at mip ${box.mip}`,
  ].filter(Boolean);
  const head = dim(time ?? "no time");
  const tail = about.length ? `  ${dim(`(${about.join(", ")})`)}` : "";
  return `${head}  ${type}  ${text.replaceAll("\n", "\n    ")}${tail}`;
}
