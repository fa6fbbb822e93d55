/** `cirrus provenance show`: all that a volume says about where it came from. */
import { defineCommand } from "../command.js";
import { describeProvenance } from "../describe-provenance.js";

export const provenanceShow = defineCommand({
  name: "provenance show",
  summary: "print a volume's sources, motivation, process, code, notes and jobs",
  description:
    "Prints a volume's sources, motivation, process, code environment, notes and jobs. Ends with 3 when it has no provenance.",
  examples: [
    ["cirrus provenance show ./volume", ""],
    ["cirrus provenance show gs://bucket/volume --json", "every detail"],
  ],
  declare: (command) => command.argument("<path>", "the volume: a folder, or a file://, gs://, s3:// or https:// URL"),
  run: async ({ args: [path] }, { settings, warn }) => {
    const [known, { storeOptions }, { readProvenance }, { requireVolume }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/read.js"),
      import("../require-volume.js"),
    ]);
    const provenance = await readProvenance(path, storeOptions(known));
    if (!provenance.isDocumented) await requireVolume(path, storeOptions(known));
    for (const problem of provenance.problems) warn(problem);
    return provenance;
  },
  render: describeProvenance,
  exitCode: ({ isDocumented }) => (isDocumented ? 0 : 3),
});
