/** A worker process: the table of task kinds. Forked by a supervisor. */
import { hostWorker } from "../engine/worker-host.js";

hostWorker({
  ingest: async (job, environment) => (await import("../ingest/run-tasks.js")).ingestWorker(job, environment),
});
