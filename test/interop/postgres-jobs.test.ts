import { after } from "node:test";
import { jobsContract } from "../contracts/jobs.js";
import { postgresCluster } from "../fixtures/postgres.js";

const cluster = await postgresCluster();
after(() => cluster.dispose());
jobsContract("PostgreSQL", () => ({ url: cluster.url, folder: "unused" }));
