/** A worker process: the table of task kinds. Forked by a supervisor: `node worker.js MEMORY_BYTES`. */
import { hostWorker } from "../engine/worker-host.js";
import { loadKernels } from "../kernels/kernels.js";

// V8 collects the whole heap, twice, when memory beside it grows by so much: now that is 5 MB, with all code loaded it would be 12.
loadKernels()?.reserve(Number(process.argv[2] ?? 0));

const loadIngest = () => import("../ingest/run-tasks.js");

hostWorker({ ingest: async (job, environment) => (await loadIngest()).ingestWorker(job, environment) });
loadIngest().catch(() => {}); // begun while the supervisor still makes the job; who needs it hears of an error
