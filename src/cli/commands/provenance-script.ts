/** `cirrus provenance script`: how to make a volume again. */
import { exitCodes } from "../../core/error-codes.js";
import { CirrusError } from "../../core/errors.js";
import { defineCommand } from "../command.js";

export const provenanceScript = defineCommand({
  name: "provenance script",
  summary: "print a shell script that makes the volume again",
  description: `Prints a shell script that makes a volume again from its records: the code (checkout and patch), then the commands with the job
configs as they were recorded. It makes the same chunks, byte for byte, as long as the sources are the same, which
\`cirrus provenance check\` tells. Where another tool or program wrote, it stops and says what is to be done by hand;
then this command ends with 6.`,
  examples: [
    ["cirrus provenance script ./volume > again.sh", ""],
    ["sh again.sh ./again", "run it; its first lines say what can be set"],
    ["cirrus provenance diff ./volume ./again", "the trees of both are equal"],
  ],
  declare: (command) => command.argument("<path>", "the volume"),
  run: async ({ args: [path] }, { settings, warn }) => {
    const [known, { storeOptions }, { readProvenance, listEvents }, { rerunScript }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/log.js"),
      import("../../ingest/rerun-script.js"),
    ]);
    const options = storeOptions(known);
    const { url, isDocumented, codeEnvs, processes, problems } = await readProvenance(path, options);
    if (!isDocumented)
      throw new CirrusError("E_PROVENANCE_MISSING", `${url} has no provenance: nobody knows how it was made`, {
        hint: "`cirrus provenance process add` documents a volume",
      });
    for (const problem of problems) warn(problem);
    const { events } = await listEvents(path, options);
    const made = rerunScript({ url, events, codeEnvs, processes });
    if (made.byHand)
      warn(`${made.byHand} of ${made.runs + made.byHand} steps must be done by hand: cirrus did not make them`);
    return { url, ...made };
  },
  render: ({ script }) => script.trimEnd(),
  exitCode: ({ byHand }) => (byHand ? exitCodes.incomplete : exitCodes.ok),
});
