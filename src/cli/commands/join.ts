/** `cirrus join`: works on a job that another terminal, another machine, or an earlier run began. */
import { defineCommand } from "../command.js";
import { formatRun, type RunResult } from "../format-run.js";
import { exitCodeOfRun } from "../job-exit.js";
import { joinJob } from "../join-job.js";
import { jobIdOption, memoryOption, parseWholeNumber, processesOption, progressOption } from "../options.js";

export const join = defineCommand({
  name: "join",
  summary: "work on a job that was begun elsewhere or was interrupted",
  description: `Works on a job until it is settled: beside the run that began it, from another terminal or machine, or after a crash. Tasks that
failed are tried again. From another machine both need the same state: CIRRUS_STATE=postgresql://…`,
  examples: [
    ["cirrus join --job-id 1k3m9x-q2zt", "go on after a crash, or help from another terminal"],
    ["cirrus join --job-id 1k3m9x-q2zt -p 8", "with eight processes"],
  ],
  declare: (command) =>
    command
      .addOption(jobIdOption().makeOptionMandatory())
      .addOption(processesOption())
      .addOption(memoryOption())
      .option("--max-failures <n>", "stop when more tasks than this failed", parseWholeNumber)
      .addOption(progressOption()),
  run: ({ options }, context): Promise<RunResult> =>
    joinJob({ jobId: String(options.jobId), maxFailures: options.maxFailures }, context),
  render: (run, style) => formatRun(run, style),
  exitCode: (run, interrupted) => exitCodeOfRun(run) ?? interrupted ?? 1,
});
