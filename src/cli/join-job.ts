/** Working on a job that exists: what `cirrus join` and `cirrus ingest -j` do. */
import type { CommandContext } from "./command.js";
import { runLinks, type RunResult } from "./format-run.js";

export interface JoinRequest {
  readonly jobId: string;
  readonly maxFailures: number | undefined;
  readonly logFile?: string | undefined;
  readonly rampSeconds?: number | undefined;
}

/** @throws CirrusError `E_JOB_UNKNOWN`, whatever stops a run */
export async function joinJob(request: JoinRequest, context: CommandContext): Promise<RunResult> {
  const settings = await context.settings();
  const [{ openJobState, runEnvironment, workerBytesOf }, { continueJob }, { requireJob, summaryOfDone }] =
    await Promise.all([
      import("./job-environment.js"),
      import("../ingest/continue-job.js"),
      import("../ingest/find-job.js"),
    ]);
  const workerBytes = await workerBytesOf(settings);
  const state = await openJobState(settings);
  try {
    const job = await requireJob(state.jobs, request.jobId);
    if (job.state === "done") {
      context.tell(`job ${job.id} is done already: there is nothing to join`);
      return { ...summaryOfDone(job), links: runLinks(job.destination) };
    }
    const environment = await runEnvironment({ context, settings, jobs: state.jobs, workerBytes, ...request });
    try {
      return { ...(await continueJob(job, environment)), links: runLinks(job.destination) };
    } finally {
      await environment.close();
    }
  } finally {
    await state.close();
  }
}
