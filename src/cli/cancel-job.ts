/** Ending a job for good: what `cirrus cancel` and `cirrus ingest -c -j` do. */
import type { CancelSummary } from "../ingest/cancel.js";
import type { CommandContext } from "./command.js";

export interface CancelRequest {
  readonly jobId: string;
  /** Do not ask. */
  readonly yes: boolean;
}

/** @throws CirrusError `E_JOB_UNKNOWN`, `E_CONFIRMATION_NEEDED` */
export async function cancelById({ jobId, yes }: CancelRequest, context: CommandContext): Promise<CancelSummary> {
  const settings = await context.settings();
  const [{ openJobState }, { requireJob }, { cancelJob }, { storeOptions }] = await Promise.all([
    import("./job-environment.js"),
    import("../ingest/find-job.js"),
    import("../ingest/cancel.js"),
    import("./settings.js"),
  ]);
  const { jobs, close } = await openJobState(settings);
  try {
    const job = await requireJob(jobs, jobId);
    if (job.state !== "done" && job.state !== "cancelled")
      await context.confirm({
        act: `Cancel job ${job.id}, which writes ${job.destination}, and delete the chunks of its unfinished tasks.`,
        yes,
      });
    return await cancelJob({ job, jobs, store: storeOptions(settings), tell: context.tell });
  } finally {
    await close();
  }
}

export const formatCancel = ({ jobId, outcome, finishedTasks, deletedChunks }: CancelSummary): string =>
  outcome === "over"
    ? `job ${jobId} is done already; nothing was changed`
    : outcome === "already"
      ? `job ${jobId} was cancelled before; nothing was changed`
      : `cancelled job ${jobId}: ${finishedTasks} finished tasks stay, ${deletedChunks} chunks of unfinished ones were deleted`;
