/** A worker process: the table of task kinds. Forked by a supervisor: `node worker.js MEMORY_BYTES`. */
import { hostWorker } from "../engine/worker-host.js";
import { foreseeArena } from "../kernels/arena.js";

foreseeArena(Number(process.argv[2] ?? 0));

const loadIngest = () => import("../ingest/run-tasks.js");

hostWorker({ ingest: async (job, environment) => (await loadIngest()).ingestWorker(job, environment) });
loadIngest().catch(() => {}); // begun while the supervisor still makes the job; who needs it hears of an error
