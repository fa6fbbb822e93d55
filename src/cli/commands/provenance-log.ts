/** `cirrus provenance log`: the history of a volume. */
import { Option } from "@commander-js/extra-typings";
import { exitCodes } from "../../core/error-codes.js";
import { defineCommand } from "../command.js";
import { formatTimeline } from "../format-timeline.js";
import { parseTime } from "../provenance-options.js";

const kinds = ["start", "resume", "join", "end", "snapshot", "process", "note", "entry"];

export const provenanceLog = defineCommand({
  name: "provenance log",
  summary: "print what was done to a volume, oldest first",
  description: `Prints the events of a volume: who did what, when, why and how it ended, and before them the entries that other tools have made.
Each event has a digest and names those that its writer saw; "after" shows where the history is not a line. Ends with 3 when
there is none.`,
  examples: [
    ["cirrus provenance log ./volume", ""],
    ["cirrus provenance log ./volume --since 2026-03-01 --kind end", "how runs ended since"],
    ["cirrus provenance log gs://bucket/volume --job 1k3m9x-q2zt --json", "every member of the events of a job"],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume")
      .option("--job <id>", "events of this job")
      .addOption(new Option("--kind <kind...>", "entry: of another tool").choices(kinds))
      .option("--since <time>", "a date, or a time like 2026-03-01T09:30:00Z, UTC", parseTime)
      .option("--until <time>", "the same; a date counts to its end", parseTime)
      .option("--by <text>", "part of a name, an e-mail or a host"),
  run: async ({ args: [path], options }, { settings, warn }) => {
    const [known, { storeOptions }, { readTimeline }, { requireVolume }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/timeline.js"),
      import("../require-volume.js"),
    ]);
    const { job, kind, since, until, by } = options;
    const timeline = await readTimeline(path, storeOptions(known), {
      ...(job === undefined ? {} : { job }),
      ...(kind === undefined ? {} : { kinds: kind }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(by === undefined ? {} : { by }),
    });
    if (!timeline.total) await requireVolume(path, storeOptions(known));
    for (const problem of timeline.problems) warn(problem);
    return timeline;
  },
  render: formatTimeline,
  exitCode: ({ total }) => (total ? exitCodes.ok : exitCodes.provenance),
});
