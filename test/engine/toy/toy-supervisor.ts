// A supervisor in a process of its own, as `cirrus join` is: `node toy-supervisor.js STATE_FOLDER JOB_ID WORKERS`.
// Prints its events as lines of JSON. SIGTERM drains.
import { superviseJob } from "#src/engine/supervisor.js";
import { openJobsIn } from "./state.js";
import { toyRun } from "./toy-job.js";
import type { ToyDocument } from "./toy-kind.js";

const [stateFolder, jobId, workers] = process.argv.slice(2) as [string, string, string];
const jobs = await openJobsIn(stateFolder);
const job = (await jobs.find(jobId))!;
const drain = new AbortController();
process.on("SIGTERM", () => drain.abort());
const run = await toyRun(
  jobs,
  { job, document: job.document as ToyDocument },
  {
    workers: Number(workers),
    emit: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    stopping: { drain: drain.signal, stop: new AbortController().signal },
  },
);
await superviseJob(run);
await jobs.close();
