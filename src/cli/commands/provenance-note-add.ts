/** `cirrus provenance note add`: a motivation, a result or anything else, kept beside the volume. */
import { CirrusError } from "../../core/errors.js";
import type { Documented } from "../../provenance/document.js";
import type { NoteType } from "../../provenance/model/note.js";
import { defineCommand } from "../command.js";
import { parseWholeNumber } from "../options.js";
import { byOption, collect, parseBox, parseSegment, parseText } from "../provenance-options.js";

interface AddedNote extends Documented {
  readonly type: NoteType;
  readonly text: string;
}

interface Added {
  readonly path: string;
  readonly notes: readonly AddedNote[];
}

export const provenanceNoteAdd = defineCommand({
  name: "provenance note add",
  summary: "add a motivation, a result or another note to a volume",
  description: `Adds notes to a volume, whichever tool made it. provenance-toolbox and CloudVolume read them in the volume's "provenance" file;
the event beside it keeps the exact text, who wrote it and what it is about. A note that is there already is not added again.`,
  examples: [
    ["cirrus provenance note add ./volume --motivation 'First pass over block 3'", "why it is made"],
    ["cirrus provenance note add gs://bucket/seg --result '12 merges found; 3 mended'", "what came out"],
    [
      "cirrus provenance note add ./seg --generic 'merge error' --segment 648518346349515986 --tag proofreading",
      "about one segment",
    ],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume")
      .option("--motivation <text>", "why the volume is made", parseText)
      .option("--result <text>", "what came out", parseText)
      .option("--generic <text>", "anything else", parseText)
      .option("--tag <word>", "to find it again; several times for several", collect)
      .option("--segment <id>", "the segment that it is about", parseSegment)
      .option("--box <numbers>", "the box that it is about: x0,y0,z0,x1,y1,z1 in voxels", parseBox)
      .option("--mip <n>", "of the box; default 0", parseWholeNumber)
      .addOption(byOption()),
  run: async ({ args: [path], options }, { settings, warn }): Promise<Added> => {
    const { motivation, result, generic, tag, segment, box, mip = 0, by } = options;
    const given = [
      ["MOTIVATION", motivation],
      ["RESULT", result],
      ["GENERIC", generic],
    ] as const;
    const wanted = given.flatMap(([type, text]) => (text === undefined ? [] : [{ type, text }]));
    if (!wanted.length)
      throw new CirrusError("E_USAGE", "give the note: --motivation, --result or --generic with a text");
    const [known, { storeOptions }, { addNote }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/notes.js"),
    ]);
    const about = {
      store: storeOptions(known),
      ...(by && { who: by }),
      ...(tag && { tags: tag }),
      ...(segment !== undefined && { segment }),
      ...(box && { box: { ...box, mip } }),
    };
    const notes: AddedNote[] = [];
    for (const note of wanted) notes.push({ ...note, ...(await addNote(path, note, about)) });
    for (const text of new Set(notes.flatMap(({ warnings }) => warnings))) warn(text);
    return { path, notes };
  },
  render: ({ path, notes }) =>
    notes.map(({ type, isNew }) => `${type.toLowerCase()} ${isNew ? "added to" : "was already in"} ${path}`).join("\n"),
});
