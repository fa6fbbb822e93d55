import { after } from "node:test";
import { jobsContract } from "../contracts/jobs.js";
import { rangeQueueContract } from "../contracts/range-queue.js";
import { supervisorsContract } from "../contracts/supervisors.js";
import { postgresCluster } from "../fixtures/postgres.js";

const cluster = await postgresCluster();
after(() => cluster.dispose());
for (const contract of [jobsContract, rangeQueueContract, supervisorsContract])
  contract("PostgreSQL", () => ({ url: cluster.url, folder: "unused" }));
