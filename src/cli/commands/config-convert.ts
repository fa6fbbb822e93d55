/** `cirrus config convert`: a config of the Boss ingest client as one of ours. */
import { defineCommand } from "../command.js";
import { configText } from "../draft-config.js";
import { parsePositiveTriple } from "../options.js";
import { Option } from "@commander-js/extra-typings";

export const configConvert = defineCommand({
  name: "config convert",
  summary: "print a config of the Boss ingest client as one of ours",
  description: `Reads a config of the Boss ingest client (boss-v0.1, boss-v0.2 or neurodata schema), looks at the files that it names, and prints
the same job in the native form, ready to be edited. What was never used, or means something else here, is told on stderr.`,
  examples: [
    ["cirrus config convert boss.json --to ./volume --resolution-nm 4,4,50 > job.json", "then: cirrus ingest job.json"],
    ["cirrus config convert boss.json", "what it means; blanks where it does not say"],
  ],
  declare: (command) =>
    command
      .argument("<config>", "config of the Boss ingest client; - reads standard input")
      .option("--to <path>", "where the volume shall be", "./volume")
      .option("--resolution-nm <x,y,z>", "size of a voxel in nm, which these configs do not know", parsePositiveTriple)
      .addOption(
        new Option("--times <what>", "what several times become")
          .choices(["volumes", "channels"] as const)
          .default("volumes" as const),
      ),
  run: async ({ args: [path], options }, context) => {
    const settings = await context.settings();
    const [{ readDocument }, { isPeerConfig }, { convertPeer }, { storeOptions }, { CirrusError, messageOf }] =
      await Promise.all([
        import("../../ingest/load-config.js"),
        import("../../ingest/peer/peer-schema.js"),
        import("../../ingest/peer/convert-peer.js"),
        import("../settings.js"),
        import("../../core/errors.js"),
      ]);
    const document = await readDocument(path);
    if (!isPeerConfig(document))
      throw new CirrusError("E_CONFIG_INVALID", `${path} is no config of the Boss ingest client`, {
        hint: "those have schema, client, database and ingest_job; a config of ours needs no conversion",
      });
    const converted = await convertPeer(document, path, {
      cwd: context.io.cwd,
      to: options.to,
      resolutionNm: options.resolutionNm,
      times: options.times,
      stores: storeOptions(settings),
    });
    for (const note of converted.notes) context.tell(note);
    if (converted.problem !== undefined)
      context.warn(
        `the source could not be looked at, so that type and channels are guessed: ${messageOf(converted.problem)}`,
      );
    const provenance = { sources: [], motivation: "", process: { description: "", parameters: {} } };
    return { config: { ...converted.document, provenance }, notes: converted.notes };
  },
  render: ({ config }) => configText(config),
});
