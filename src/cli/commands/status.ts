/** `cirrus status`: what jobs there are, or how one is getting on. */
import { setTimeout as sleep } from "node:timers/promises";
import { defineCommand, type CommandContext } from "../command.js";
import { formatJob, formatJobs } from "../format-status.js";
import type { JobReport, JobRow } from "../job-report.js";
import { jobIdOption } from "../options.js";

type StatusData = { readonly jobs: readonly JobRow[] } | { readonly job: JobReport };

const watchEveryMs = 2000;

export const status = defineCommand({
  name: "status",
  summary: "list the jobs, or tell how one is getting on",
  description:
    "Lists the jobs of this state, newest first; with --job-id tells all about one: tasks, rate, time left, who works on it, failed tasks and filled tiles by name.",
  examples: [
    ["cirrus status", "all jobs"],
    ["cirrus status --job-id 1k3m9x-q2zt", "one of them"],
    ["cirrus status --job-id 1k3m9x-q2zt --watch", "until it is over"],
  ],
  declare: (command) =>
    command.addOption(jobIdOption()).option("-w, --watch", "look again every two seconds, until nothing runs any more"),
  run: async ({ options }, context): Promise<StatusData> => {
    const { jobId, watch } = options;
    const [settings, { openJobState }, { isOver, listJobs, reportJob }, { storeOptions }] = await Promise.all([
      context.settings(),
      import("../job-environment.js"),
      import("../job-report.js"),
      import("../settings.js"),
    ]);
    const state = await openJobState(settings);
    const store = storeOptions(settings);
    /** Names of tiles are looked up once only, for the last picture. */
    const look = async (names: "with names" | "counts"): Promise<StatusData> => {
      const { jobs } = state;
      if (jobId === undefined) return { jobs: await listJobs(jobs) };
      return {
        job: await reportJob({
          jobs,
          jobId,
          stateFolder: settings.folders.state,
          store: names === "counts" ? undefined : store,
        }),
      };
    };
    try {
      for (;;) {
        const data = await look(watch ? "counts" : "with names");
        const rows = "jobs" in data ? data.jobs : [data.job];
        if (!watch) return data;
        if (rows.every(isOver)) return await look("with names");
        show(context, data);
        await sleep(watchEveryMs);
      }
    } finally {
      await state.close();
    }
  },
  render: text,
});

const show = (context: CommandContext, data: StatusData): void => context.show(data, (style) => text(data, style));

function text(data: StatusData, style: Parameters<typeof formatJobs>[1]): string {
  return "jobs" in data ? formatJobs(data.jobs, style) : formatJob(data.job, style);
}
