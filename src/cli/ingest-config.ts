/** One config of `cirrus ingest`, planned or run. */
import type { DryRun } from "../ingest/dry-run.js";
import type { LoadedConfig } from "../ingest/load-config.js";
import type { Prepared } from "../ingest/prepare.js";
import type { Jobs } from "../jobs/contracts.js";
import type { Declaration } from "../provenance/model/declaration.js";
import type { CommandContext } from "./command.js";
import { runLinks, type RunResult } from "./format-run.js";
import type { HeadStart } from "./head-start.js";
import { withoutToken } from "./peer/peer-flags.js";

export interface IngestChoices {
  readonly provenance?: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly layout?: "plain" | "cloudvolume" | undefined;
  readonly fsync: boolean;
  readonly maxFailures: number | undefined;
  readonly logFile: string | undefined;
  readonly rampSeconds: number | undefined;
  readonly to?: string | undefined;
  readonly resolutionNm?: readonly [number, number, number] | undefined;
  readonly times?: "volumes" | "channels" | undefined;
}

async function inputOf(config: LoadedConfig, { layout, provenance: file }: IngestChoices, context: CommandContext) {
  const settings = await context.settings();
  const [{ readDocument }, { workerBytesOf }, { storeOptions }] = await Promise.all([
    import("../ingest/load-config.js"),
    import("./job-environment.js"),
    import("./settings.js"),
  ]);
  const provenance = file === undefined ? undefined : await readDocument(file);
  const workerBytes = await workerBytesOf(settings);
  const loaded = withLayout(config, layout);
  const { processes: workers } = settings;
  return { settings, input: { loaded, provenance, store: storeOptions(settings), workerBytes, workers } };
}

/** Writes nothing. */
export async function planConfig(
  config: LoadedConfig,
  choices: IngestChoices,
  context: CommandContext,
): Promise<DryRun> {
  const { settings, input } = await inputOf(config, choices, context);
  const [{ prepareIngest }, { dryRun }] = await Promise.all([
    import("../ingest/prepare.js"),
    import("../ingest/dry-run.js"),
  ]);
  const { provenance, workerBytes } = input;
  return dryRun({ prepared: await prepareIngest(input), provenance, workers: settings.processes, workerBytes });
}

/** @throws CirrusError whatever `prepareIngest` and `launchIngest` refuse */
export async function ingestConfig(
  config: LoadedConfig,
  choices: IngestChoices,
  context: CommandContext,
): Promise<RunResult> {
  const { settings, input } = await inputOf(config, choices, context);
  const [{ prepareIngest, declarationOf }, { openJobState }, { headStart }] = await Promise.all([
    import("../ingest/prepare.js"),
    import("./job-environment.js"),
    import("./head-start.js"),
  ]);
  const declaration = declarationOf(input);
  const opening = openJobState(settings);
  opening.catch(() => {}); // looked at below, when the source has been looked at
  const closeState = () => opening.then((state) => state.close()).catch(() => {});
  const prepared = await prepareIngest(input).catch(async (error: unknown) => {
    await closeState();
    throw error;
  });
  const { workerBytes } = input;
  const early = await headStart(workerBytes, config.baseFolder);
  try {
    const { jobs } = await opening;
    return await runPrepared({ prepared, declaration, choices, context, early, workerBytes, jobs });
  } finally {
    await early.workers.discard();
    await closeState();
  }
}

interface PreparedRun {
  readonly prepared: Prepared;
  readonly declaration: Declaration;
  readonly choices: IngestChoices;
  readonly context: CommandContext;
  readonly early: HeadStart;
  readonly workerBytes: number;
  readonly jobs: Jobs;
}

async function runPrepared(run: PreparedRun): Promise<RunResult> {
  const { prepared, declaration, choices, context, early, workerBytes, jobs } = run;
  const [{ runEnvironment }, { launchIngest }] = await Promise.all([
    import("./job-environment.js"),
    import("../ingest/launch-ingest.js"),
  ]);
  const settings = await context.settings();
  const environment = await runEnvironment({ ...choices, context, settings, jobs, workerBytes, headStart: early });
  try {
    const summary = await launchIngest(
      {
        prepared,
        declaration,
        overwrite: choices.overwrite === true,
        fsync: choices.fsync,
        argv: withoutToken(process.argv.slice(1)),
      },
      environment,
    );
    return { ...summary, links: runLinks(summary.destination) };
  } finally {
    await environment.close();
  }
}

const withLayout = (loaded: LoadedConfig, layout: IngestChoices["layout"]): LoadedConfig =>
  layout === undefined
    ? loaded
    : { ...loaded, config: { ...loaded.config, destination: { ...loaded.config.destination, layout } } };
