/** `cirrus provenance report`: which volumes below a folder or bucket prefix lack what. */
import { defineCommand } from "../command.js";
import { describeReport } from "../describe-report.js";
import { parseWholeNumber } from "../options.js";

export const provenanceReport = defineCommand({
  name: "provenance report",
  summary: "tell which volumes below a folder or bucket lack which records",
  description: `Looks at every volume below a folder or bucket prefix, ours or not: whether it says its sources, motivation, process and code
environment, whether digests of its chunks are kept, whether the records are broken. Ends with 3 when one of them lacks something.`,
  examples: [
    ["cirrus provenance report ./volumes", ""],
    ["cirrus provenance report s3://bucket --json", "every problem"],
  ],
  declare: (command) =>
    command
      .argument("<prefix>", "a folder, or a gs:// or s3:// bucket or prefix")
      .option("--depth <n>", "folders that are entered below the prefix; default: 6", parseWholeNumber),
  run: async ({ args: [prefix], options: { depth } }, { settings }) => {
    const [known, { storeOptions }, { surveyVolumes }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/survey/report.js"),
    ]);
    return surveyVolumes(prefix, { store: storeOptions(known), ...(depth === undefined ? {} : { depth }) });
  },
  render: describeReport,
  exitCode: ({ wanting }) => (wanting > 0 ? 3 : 0),
});
