/** `cirrus provenance export`: a volume's records in the formats of others. */
import { Option } from "@commander-js/extra-typings";
import { defineCommand } from "../command.js";
import { settingNames } from "../setting-names.js";

const formats = ["prov-json", "ro-crate", "in-toto", "markdown"] as const;

export const provenanceExport = defineCommand({
  name: "provenance export",
  summary: "print a volume's provenance in a format that others read",
  description: `prov-json: W3C PROV. ro-crate: an RO-Crate of the Process Run profile, for ro-crate-metadata.json. in-toto: a statement with SLSA provenance
per job, one a line, and with --sign-key a signed DSSE envelope each. markdown: a page for people. Reads every chunk again for one
digest of all of them, the one that zarr-checksum makes; --no-digest leaves it out.`,
  examples: [
    ["cirrus provenance export ./volume --format ro-crate > ro-crate-metadata.json", ""],
    ["cirrus provenance export gs://bucket/volume --format prov-json --no-digest", "the records alone"],
    ["cirrus provenance export ./volume --format in-toto --sign-key key.pem > volume.intoto.jsonl", ""],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume: a folder, or a file://, gs:// or s3:// URL")
      .addOption(new Option("--format <name>", "what to print").choices(formats).makeOptionMandatory())
      .option("--license <url>", "of the data, for ro-crate")
      .option("--no-digest", "do not read the chunks again")
      // A global option, hidden elsewhere.
      .addHelpText(
        "after",
        `\n${settingNames.signKey.flag} <file>  ${settingNames.signKey.meaning}, and in-toto statements`,
      ),
  run: async ({ args: [path], options }, { settings }) => {
    const [known, { storeOptions }, { gatherFacts }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/export/facts.js"),
    ]);
    const store = storeOptions(known);
    const facts = await gatherFacts(path, { store, digest: options.digest });
    const { exportAs } = await import("../../provenance/export/export-as.js");
    const { license, format } = options;
    const document = await exportAs(format, facts, { license, signKeyFile: store.signKeyFile });
    return { url: facts.summary.url, format, document };
  },
  render: ({ document }) => document,
});
