/** One config of `cirrus ingest`, planned or run. */
import type { DryRun } from "../ingest/dry-run.js";
import type { LoadedConfig } from "../ingest/load-config.js";
import type { CommandContext } from "./command.js";
import { runLinks, type RunResult } from "./format-run.js";
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
  return { settings, input: { loaded, provenance, store: storeOptions(settings), workerBytes } };
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
  const [{ prepareIngest, declarationOf }, { openJobState, runEnvironment }] = await Promise.all([
    import("../ingest/prepare.js"),
    import("./job-environment.js"),
  ]);
  const declaration = declarationOf(input);
  const opening = openJobState(settings);
  opening.catch(() => {}); // looked at below, when the source has been looked at
  const prepared = await prepareIngest(input).catch(async (error: unknown) => {
    await opening.then((state) => state.close()).catch(() => {});
    throw error;
  });
  const state = await opening;
  const { workerBytes } = input;
  const environment = await runEnvironment({ ...choices, context, settings, jobs: state.jobs, workerBytes });
  try {
    const { launchIngest } = await import("../ingest/launch-ingest.js");
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
    await state.close();
  }
}

const withLayout = (loaded: LoadedConfig, layout: IngestChoices["layout"]): LoadedConfig =>
  layout === undefined
    ? loaded
    : { ...loaded, config: { ...loaded.config, destination: { ...loaded.config.destination, layout } } };
