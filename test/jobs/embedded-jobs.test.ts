import { after } from "node:test";
import { jobsContract } from "../contracts/jobs.js";
import { rangeQueueContract } from "../contracts/range-queue.js";
import { supervisorsContract } from "../contracts/supervisors.js";
import { stateFolder } from "../fixtures/state-folder.js";

const folder = await stateFolder();
after(() => folder.dispose());
for (const contract of [jobsContract, rangeQueueContract, supervisorsContract])
  contract("the embedded store", () => ({ folder: folder.path }));
