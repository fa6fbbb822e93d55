/** `cirrus verify`: reads every chunk again. */
import { exitCodes } from "../../core/error-codes.js";
import { CirrusError } from "../../core/errors.js";
import { defineCommand } from "../command.js";
import { everyFiveSeconds } from "../every-five-seconds.js";
import { formatVerify, type VerifyData } from "../format-verify.js";
import { jobIdOption, parseWholeNumber } from "../options.js";

export const verify = defineCommand({
  name: "verify",
  summary: "read every chunk of a volume again and compare it with its manifests",
  description: `Reads every chunk again and compares its digest with the manifests beside the volume; needs no state and no job. Says which
chunks are missing, altered or in no manifest, and what part of the volume there is. --source decodes a sample of the source's
tiles again and compares voxels.`,
  examples: [
    ["cirrus verify ./volume", "exit code 0 when all is right, 7 when not"],
    ["cirrus verify --job-id 1k3m9x-q2zt", "the volume of a job"],
    ["cirrus verify ./volume --source --sample 100", "and 100 tiles, voxel by voxel"],
  ],
  declare: (command) =>
    command
      .argument("[path]", "the volume")
      .addOption(jobIdOption())
      .option("--source", "decode a sample of tiles again and compare voxels")
      .option("--sample <n>", "how many tiles with --source", parseWholeNumber, 20),
  run: async ({ args: [path], options }, context): Promise<VerifyData> => {
    const settings = await context.settings();
    const { storeOptions } = await import("../settings.js");
    const store = storeOptions(settings);
    const url = await volumeUrl(path, options.jobId === undefined ? undefined : String(options.jobId), context);
    const { verifyVolume } = await import("../../verify/verify-volume.js");
    const report = await verifyVolume(url, {
      store,
      onProgress: everyFiveSeconds((done, total) => context.tell(`${done} of ${total} chunks read`)),
    });
    if (!options.source) return report;
    const { compareSource } = await import("../../verify/compare-source.js");
    return { ...report, source: await compareSource(url, { store, sample: options.sample }) };
  },
  render: (data, style) => formatVerify(data, style),
  exitCode: ({ state, source }) => {
    if (state === "mismatch" || source?.differing.length) return exitCodes.mismatch;
    return state === "unfinished" ? exitCodes.incomplete : exitCodes.ok;
  },
});

async function volumeUrl(
  path: string | undefined,
  jobId: string | undefined,
  context: Parameters<Parameters<typeof defineCommand>[0]["run"]>[1],
): Promise<string> {
  if ((path === undefined) === (jobId === undefined))
    throw new CirrusError("E_USAGE", "name the volume's path, or a job with --job-id (one of the two)");
  if (path !== undefined) {
    const { normaliseUrl } = await import("../../storage/url.js");
    return normaliseUrl(path, context.io.cwd);
  }
  const [{ openJobState }, { requireJob }] = await Promise.all([
    import("../job-environment.js"),
    import("../../ingest/find-job.js"),
  ]);
  const { jobs, close } = await openJobState(await context.settings());
  try {
    return (await requireJob(jobs, jobId!)).destination;
  } finally {
    await close();
  }
}
