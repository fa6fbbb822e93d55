/** `cirrus cancel`: ends a job for good. */
import type { CancelSummary } from "../../ingest/cancel.js";
import { cancelById, formatCancel } from "../cancel-job.js";
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
  run: ({ options }, context): Promise<CancelSummary> =>
    cancelById({ jobId: String(options.jobId), yes: options.yes === true }, context),
  render: formatCancel,
});
