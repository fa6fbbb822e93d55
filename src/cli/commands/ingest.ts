/** `cirrus ingest`: a stack of images becomes a volume. */
import { Option } from "@commander-js/extra-typings";
import { defineCommand } from "../command.js";
import { formatDryRun } from "../format-dry-run.js";
import { formatRun, runLinks, type RunResult } from "../format-run.js";
import { memoryOption, parseWholeNumber, processesOption, progressOption } from "../options.js";
import { exitCodeOfRun } from "../job-exit.js";
import type { DryRun } from "../../ingest/dry-run.js";

type IngestData = { readonly dryRun: DryRun } | { readonly run: RunResult };

export const ingest = defineCommand({
  name: "ingest",
  summary: "make a volume out of a stack of images",
  description: `Makes a multi-resolution volume out of a stack of images, as a job that survives anything: after a crash the same command, or
\`cirrus join\`, goes on where it stopped. Nothing is written before sources, motivation and process are recorded.`,
  examples: [
    ["cirrus init ./stack --out job.json", "write the config by looking at the files"],
    ["cirrus ingest job.json --dry-run", "what it will be: scales, tasks, bytes, memory, time"],
    ["cirrus ingest job.json -p 4", "do it with four processes"],
    ["cirrus ingest job.json --provenance why.json", "the provenance apart from the config"],
  ],
  declare: (command) =>
    command
      .argument("<config>", "job config, JSON or YAML; - reads standard input")
      .option("--dry-run", "show the plan and write nothing")
      .addOption(processesOption())
      .addOption(memoryOption())
      .option("--provenance <file>", "sources, motivation and process (JSON or YAML) instead of the config's")
      .option("--overwrite", "replace the chunks of this part that are there already")
      .addOption(
        new Option("--layout <layout>", "names of local chunks, instead of the config's").choices([
          "plain",
          "cloudvolume",
        ] as const),
      )
      .option("--max-failures <n>", "stop when more tasks than this failed", parseWholeNumber)
      .option("--no-fsync", "do not wait until chunks are on the disk; for scratch volumes")
      .addOption(progressOption()),
  run: async ({ args: [path], options }, context): Promise<IngestData> => {
    const settings = await context.settings();
    const { loadJobConfig, readDocument } = await import("../../ingest/load-config.js");
    const loaded = withLayout(await loadJobConfig(path), options.layout);
    const provenance = options.provenance === undefined ? undefined : await readDocument(options.provenance);
    const [{ prepareIngest, declarationOf }, { openJobState, runEnvironment, workerBytesOf }, { storeOptions }] =
      await Promise.all([import("../../ingest/prepare.js"), import("../job-environment.js"), import("../settings.js")]);
    const workerBytes = await workerBytesOf(settings);
    const input = { loaded, provenance, store: storeOptions(settings), workerBytes };
    if (options.dryRun) {
      const { dryRun } = await import("../../ingest/dry-run.js");
      return {
        dryRun: await dryRun({
          prepared: await prepareIngest(input),
          provenance,
          workers: settings.processes,
          workerBytes,
        }),
      };
    }
    const declaration = declarationOf(input);
    const opening = openJobState(settings);
    opening.catch(() => {}); // looked at below, when the source has been looked at
    const prepared = await prepareIngest(input).catch(async (error: unknown) => {
      await opening.then((state) => state.close()).catch(() => {});
      throw error;
    });
    const state = await opening;
    const environment = await runEnvironment({
      context,
      settings,
      jobs: state.jobs,
      workerBytes,
      maxFailures: options.maxFailures,
    });
    try {
      const { launchIngest } = await import("../../ingest/launch-ingest.js");
      const summary = await launchIngest(
        {
          prepared,
          declaration,
          overwrite: options.overwrite === true,
          fsync: options.fsync,
          argv: process.argv.slice(1),
        },
        environment,
      );
      return { run: { ...summary, links: runLinks(summary.destination) } };
    } finally {
      await environment.close();
      await state.close();
    }
  },
  render: (data, style) => ("dryRun" in data ? formatDryRun(data.dryRun, style) : formatRun(data.run, style)),
  exitCode: (data, interrupted) => ("dryRun" in data ? 0 : (exitCodeOfRun(data.run) ?? interrupted ?? 1)),
});

type Loaded = Awaited<ReturnType<typeof import("../../ingest/load-config.js").loadJobConfig>>;

const withLayout = (loaded: Loaded, layout: "plain" | "cloudvolume" | undefined): Loaded =>
  layout === undefined
    ? loaded
    : { ...loaded, config: { ...loaded.config, destination: { ...loaded.config.destination, layout } } };
