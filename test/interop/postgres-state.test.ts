import { after } from "node:test";
import { openDatabase } from "#src/state/open-database.js";
import { databaseContract } from "../contracts/database.js";
import { postgresCluster } from "../fixtures/postgres.js";

const cluster = await postgresCluster();
after(() => cluster.dispose());
databaseContract("PostgreSQL", () => openDatabase({ url: cluster.url, folder: "unused" }));
