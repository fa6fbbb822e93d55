/** `cirrus cancel`: ends a job for good. */
import type { CancelSummary } from "../../ingest/cancel.js";
import { defineCommand } from "../command.js";
import { jobIdOption, yesOption } from "../options.js";

export const cancel = defineCommand({
  name: "cancel",
  summary: "end a job for good",
  description: `Ends a job for good: running processes stop within seconds, finished ranges stay with their manifests, chunks of unfinished
ones are deleted. Recorded in the volume's provenance. To stop for now and go on later, press Ctrl-C instead.`,
  examples: [
    ["cirrus cancel --job-id 1k3m9x-q2zt", "asks first"],
    ["cirrus cancel --job-id 1k3m9x-q2zt --yes", "in a script"],
  ],
  declare: (command) => command.addOption(jobIdOption().makeOptionMandatory()).addOption(yesOption()),
  run: async ({ options }, context): Promise<CancelSummary> => {
    const settings = await context.settings();
    const [{ openJobState }, { requireJob }, { cancelJob }, { storeOptions }] = await Promise.all([
      import("../job-environment.js"),
      import("../../ingest/find-job.js"),
      import("../../ingest/cancel.js"),
      import("../settings.js"),
    ]);
    const { jobs, close } = await openJobState(settings);
    try {
      const job = await requireJob(jobs, String(options.jobId));
      if (job.state !== "done" && job.state !== "cancelled")
        await context.confirm({
          act: `Cancel job ${job.id}, which writes ${job.destination}, and delete the chunks of its unfinished tasks.`,
          yes: options.yes === true,
        });
      return await cancelJob({ job, jobs, store: storeOptions(settings), tell: context.tell });
    } finally {
      await close();
    }
  },
  render: ({ jobId, outcome, finishedTasks, deletedChunks }) =>
    outcome === "over"
      ? `job ${jobId} is done already; nothing was changed`
      : outcome === "already"
        ? `job ${jobId} was cancelled before; nothing was changed`
        : `cancelled job ${jobId}: ${finishedTasks} finished tasks stay, ${deletedChunks} chunks of unfinished ones were deleted`,
});
