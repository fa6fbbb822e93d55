/** `cirrus downsample`: adds coarser mips, and makes those of their chunks that are not there. */
import { defineCommand } from "../command.js";
import { formatRun, runLinks, type RunResult } from "../format-run.js";
import { exitCodeOfRun } from "../job-exit.js";
import { memoryOption, parseWholeNumber, processesOption, progressOption } from "../options.js";

export const downsample = defineCommand({
  name: "downsample",
  summary: "add coarser mips, or make those that partial jobs had to leave",
  description: `Adds coarser mips to any precomputed volume, whoever wrote it: to one that has a single scale as many as it takes until one chunk
holds it, else as many as --mips says. Then makes their chunks that are not there, from the finer ones that are, as a job like any other: its
source is the volume itself. What several partial jobs ingested becomes the same volume that one job would have made, byte for byte.`,
  examples: [
    ["cirrus downsample ./from-cloudvolume --motivation 'to view it'", "add what it lacks"],
    ["cirrus downsample ./volume --motivation 'all four parts are in'", "make what is missing"],
    [
      "cirrus downsample gs://bucket/volume --motivation 'complete the pyramid' -p 8",
      "on a bucket, with eight processes",
    ],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume")
      .option("--mips <n>", "coarser scales that the volume shall have, counted without mip 0", parseWholeNumber)
      .requiredOption("--motivation <text>", "why, for the provenance")
      .addOption(processesOption())
      .addOption(memoryOption())
      .option("--max-failures <n>", "stop when more tasks than this failed", parseWholeNumber)
      .addOption(progressOption()),
  run: async ({ args: [path], options }, context): Promise<RunResult & { readonly leftOut: number }> => {
    const settings = await context.settings();
    const [{ openJobState, runEnvironment, workerBytesOf }, { prepareDownsample, launchDownsample }, { storeOptions }] =
      await Promise.all([
        import("../job-environment.js"),
        import("../../ingest/downsample.js"),
        import("../settings.js"),
      ]);
    const workerBytes = await workerBytesOf(settings);
    const prepared = await prepareDownsample({
      path,
      baseFolder: context.io.cwd,
      motivation: options.motivation,
      mips: options.mips,
      store: storeOptions(settings),
    });
    const state = await openJobState(settings);
    const environment = await runEnvironment({
      context,
      settings,
      jobs: state.jobs,
      workerBytes,
      maxFailures: options.maxFailures,
    });
    try {
      const { summary, leftOut } = await launchDownsample(
        prepared,
        { argv: process.argv.slice(1), codeFolder: context.io.cwd },
        environment,
      );
      return { ...summary, leftOut, links: runLinks(summary.destination) };
    } finally {
      await environment.close();
      await state.close();
    }
  },
  render: (data, style) =>
    data.leftOut
      ? `${formatRun(data, style)}\n${style.yellow(`${data.leftOut} chunks were left out: parts that they need are not in the volume`)}`
      : formatRun(data, style),
  exitCode: (data, interrupted) => exitCodeOfRun(data) ?? interrupted ?? 1,
});
