/** `cirrus ingest`: a stack of images becomes a volume. */
import { Option } from "@commander-js/extra-typings";
import type { CancelSummary } from "../../ingest/cancel.js";
import type { DryRun } from "../../ingest/dry-run.js";
import type { LoadedConfig } from "../../ingest/load-config.js";
import { cancelById, formatCancel } from "../cancel-job.js";
import { defineCommand, type CommandContext } from "../command.js";
import { formatDryRun } from "../format-dry-run.js";
import { formatProfile, profileOf, type Profile } from "../profile.js";
import { formatRun, type RunResult } from "../format-run.js";
import { ingestConfig, planConfig, type IngestChoices } from "../ingest-config.js";
import { exitCodeOfRun } from "../job-exit.js";
import { joinJob } from "../join-job.js";
import { memoryOption, parsePositiveTriple, parseWholeNumber, processesOption, progressOption } from "../options.js";

type IngestData =
  | { readonly dryRun: DryRun; readonly volumes: number }
  | { readonly run: RunResult; readonly profile?: Profile }
  | { readonly runs: readonly RunResult[] }
  | { readonly cancelled: CancelSummary }
  /** What the person at the terminal did not want. */
  | { readonly declined: string };

export const ingest = defineCommand({
  name: "ingest",
  summary: "make a volume out of a stack of images",
  description: `Makes a multi-resolution volume out of a stack of images, as a job that survives anything: after a crash the same command, or
\`cirrus join\`, goes on where it stopped. Nothing is written before sources, motivation and process are recorded.

Configs of the Boss ingest client run as they are, with --to and --provenance; its flags -a, -j, -c, -p, -l, -v LEVEL, -f, -m and -r are
understood, and \`cirrus config convert\` prints such a config in the native form.`,
  examples: [
    ["cirrus init ./stack --out job.json", "write the config by looking at the files"],
    ["cirrus ingest job.json --dry-run", "what it will be: scales, tasks, bytes, memory, time"],
    ["cirrus ingest job.json -p 4", "do it with four processes"],
    ["cirrus ingest job.json --profile", "and say where the time went"],
    ["cirrus ingest job.json --provenance why.json", "the provenance apart from the config"],
    [
      "cirrus ingest boss.json --to ./volume --resolution-nm 4,4,50 --provenance why.json",
      "a config of the Boss ingest client",
    ],
  ],
  declare: (command) =>
    command
      .argument("[config]", "job config, JSON or YAML; - reads standard input")
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
      .option("--profile", "at the end, say where the workers' time went")
      .option("--max-failures <n>", "stop when more tasks than this failed", parseWholeNumber)
      .option("--no-fsync", "do not wait until chunks are on the disk; for scratch volumes")
      .addOption(progressOption())
      .option("--to <path>", "Boss configs: where the volume shall be")
      .option(
        "--resolution-nm <x,y,z>",
        "Boss configs: size of a voxel in nm, when no tag tells it",
        parsePositiveTriple,
      )
      .addOption(
        new Option("--times <what>", "Boss configs: what several times become (default: volumes)").choices([
          "volumes",
          "channels",
        ] as const),
      )
      .option("-j, --job-id <id>", "work on that job instead, as `cirrus join`; with -c: cancel it")
      .option("-c, --cancel", "cancel the job of -j, as `cirrus cancel`")
      .option("-f, --force", "do not ask")
      .option("-l, --log-file <file>", "append the job's log there too")
      .option("-r, --ramp-seconds <n>", "pause before each further worker process", parseWholeNumber)
      .option(
        "-a, --api-token <token>",
        "token of a Boss server; better in token.json, INTERN_TOKEN or ~/.intern/intern.cfg",
      )
      .option("-m, --manual-complete", "understood, and without effect: a job is complete when its tasks are"),
  run: async ({ args: [path], options }, context): Promise<IngestData> => {
    const { CirrusError } = await import("../../core/errors.js");
    const run = {
      maxFailures: options.maxFailures,
      logFile: options.logFile,
      rampSeconds: options.rampSeconds,
    };
    if (options.cancel) {
      if (options.jobId === undefined)
        throw new CirrusError("E_USAGE", "You must provide an ingest job ID to cancel", { hint: "add -j ID" });
      const isAsked = !options.force && context.io.stdin.isTTY;
      if (isAsked && !(await context.answersYes(`Are you sure you want to cancel ingest job ${options.jobId}? `)))
        return { declined: "Command ignored. Job not cancelled" };
      const yes = isAsked || options.force === true;
      return { cancelled: await cancelById({ jobId: options.jobId, yes }, context) };
    }
    const wants = async (question: string): Promise<boolean> =>
      options.force === true || options.dryRun === true || (await context.answersYes(question));
    if (options.jobId !== undefined) {
      if (!(await wants(`Are you sure you want to resume ingest job ${options.jobId}?`)))
        return { declined: "Exiting" };
      return { run: await joinJob({ ...run, jobId: options.jobId }, context) };
    }
    if (path === undefined)
      throw new CirrusError("E_USAGE", "missing required argument 'config'", { hint: "see `cirrus help ingest`" });
    if (options.manualComplete) context.tell("-m: a job is complete when its tasks are; there is no server to tell");
    const choices: IngestChoices = { ...options, ...run };
    const loaded = await loadConfigs(path, choices, context);
    const isPeers = loaded[0]!.convertedFrom !== undefined;
    if (isPeers || options.apiToken !== undefined) await tellToken(options.apiToken, context);
    if (options.dryRun) return { dryRun: await planConfig(loaded[0]!, choices, context), volumes: loaded.length };
    if (isPeers && !(await wants("Would you like to create a NEW ingest job?"))) return { declined: "Exiting" };
    if (loaded.length === 1) {
      const one = await ingestConfig(loaded[0]!, choices, context);
      return options.profile ? { run: one, profile: profileOf(one) } : { run: one };
    }
    const runs: RunResult[] = [];
    for (const one of loaded) {
      runs.push(await ingestConfig(one, choices, context));
      if (context.isStopping()) break;
    }
    return { runs };
  },
  render: (data, style) => {
    if ("declined" in data) return data.declined;
    if ("cancelled" in data) return formatCancel(data.cancelled);
    if ("run" in data) return formatRun(data.run, style) + (data.profile ? `\n\n${formatProfile(data.profile)}` : "");
    if ("runs" in data) return data.runs.map((run) => formatRun(run, style)).join("\n\n");
    const more = data.volumes > 1 ? `\nthis is the first of ${data.volumes} volumes, one per time` : "";
    return formatDryRun(data.dryRun, style) + more;
  },
  exitCode: (data, interrupted) => {
    if ("cancelled" in data || "dryRun" in data || "declined" in data) return 0;
    const runs = "run" in data ? [data.run] : data.runs;
    const codes = runs.map((run) => exitCodeOfRun(run) ?? interrupted ?? 1);
    return codes.find((code) => code !== 0) ?? interrupted ?? 0;
  },
});

async function loadConfigs(path: string, choices: IngestChoices, context: CommandContext): Promise<LoadedConfig[]> {
  const settings = await context.settings();
  const [{ loadAnyConfig }, { storeOptions }] = await Promise.all([
    import("../load-any-config.js"),
    import("../settings.js"),
  ]);
  return loadAnyConfig(path, {
    cwd: context.io.cwd,
    stores: storeOptions(settings),
    to: choices.to,
    resolutionNm: choices.resolutionNm,
    times: choices.times,
    tell: context.tell,
  });
}

/** Found as the peer finds it, so that an empty one is told; sent only where a server asks for it. */
async function tellToken(flag: string | undefined, context: CommandContext): Promise<void> {
  const { findToken, typedTokenVariable } = await import("../../storage/token.js");
  const { cwd, env } = context.io;
  const found = await findToken({ flag, cwd, env });
  if (flag !== undefined)
    context.warn(
      "a token on the command line can be read by everybody on this machine: keep it in token.json, INTERN_TOKEN or ~/.intern/intern.cfg",
    );
  if (flag !== undefined) process.env[typedTokenVariable] = flag; // for this run's processes: records keep the command line without it
  if (found)
    context.tell(
      `token: from ${found.from}; ${found.host ? `for ${found.host} only, should it ask for one` : "for no server: none is named beside it, nor in INTERN_HOST"}`,
    );
}
