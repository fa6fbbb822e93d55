/** `cirrus provenance check`: holds a volume's records against what there is. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { exitCodes } from "../../core/error-codes.js";
import { CirrusError } from "../../core/errors.js";
import { defineCommand } from "../command.js";
import { everyFiveSeconds } from "../every-five-seconds.js";
import { formatCheck } from "../format-check.js";

export const provenanceCheck = defineCommand({
  name: "provenance check",
  summary: "check a volume's records against the volume, its sources and its code",
  description: `Checks that CloudVolume opens the provenance file, that the code environments are there unaltered, that recorded commits can be
had and their patches apply, that the inputs are what they were, that no event was altered or removed, that signatures are valid,
and that every chunk is as a manifest says: chunks that no manifest knows, or whose size or digest differs, were written by
something that did not document it. Times of files prove nothing and are not looked at. Volumes of other tools are checked as far
as their records go; \`cirrus provenance process add\` records the digests of such a volume. Ends with 7 when something differs,
with 3 when there are no records.`,
  examples: [
    ["cirrus provenance check ./volume", "reads every chunk and the inputs"],
    ["cirrus provenance check gs://bucket/volume --quick", "names and sizes only, by listing"],
    [
      "cirrus provenance check ./volume --repository ~/align --trust lab.pub",
      "with the code, and whose signatures count",
    ],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume")
      .option("--quick", "compare names and sizes; read no chunk and no input")
      .option(
        "--repository <folder...>",
        "git repositories in which recorded commits are looked for, besides this folder's",
      )
      .option("--fetch", "fetch recorded commits from their remotes where no repository has them")
      .option("--trust <file...>", "public keys (PEM, OpenSSH or base64): every event must be signed by one of them"),
  run: async ({ args: [path], options }, context) => {
    const [settings, { storeOptions }, { checkProvenance }, { readTrustedKeys }, { requireVolume }] = await Promise.all(
      [
        context.settings(),
        import("../settings.js"),
        import("../../verify/check-provenance.js"),
        import("../../provenance/signing.js"),
        import("../require-volume.js"),
      ],
    );
    const store = storeOptions(settings);
    const { cwd } = context.io;
    for (const folder of options.repository ?? [])
      if (!(await stat(resolve(cwd, folder)).catch(() => undefined))?.isDirectory())
        throw new CirrusError("E_USAGE", `--repository: there is no folder ${resolve(cwd, folder)}`, {
          hint: "give the folder of a git repository",
        });
    const trusted =
      options.trust && (await Promise.all(options.trust.map((file) => readTrustedKeys(resolve(cwd, file)))));
    const report = await checkProvenance(path, {
      store,
      quick: options.quick === true,
      repositories: [...(options.repository ?? []).map((folder) => resolve(cwd, folder)), cwd],
      fetch: options.fetch === true,
      ...(trusted ? { trustedKeys: trusted.flat() } : {}),
      onProgress: everyFiveSeconds((done, total) => context.tell(`${done} of ${total} chunks compared`)),
    });
    if (report.state === "undocumented") await requireVolume(path, store);
    return report;
  },
  render: formatCheck,
  exitCode: ({ state }) =>
    state === "problems" ? exitCodes.mismatch : state === "undocumented" ? exitCodes.provenance : exitCodes.ok,
});
