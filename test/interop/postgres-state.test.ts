import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { openDatabase } from "#src/state/open-database.js";
import { databaseContract } from "../contracts/database.js";
import { postgresCluster } from "../fixtures/postgres.js";

const cluster = await postgresCluster();
after(() => cluster.dispose());
const open = (url = cluster.url) => openDatabase({ url, folder: "unused" });
databaseContract("PostgreSQL", () => open());

describe("a PostgreSQL server", () => {
  it("may crash and come back between and during statements", async () => {
    const db = await open();
    await db.executeSql("create table kept (n int primary key)");
    const writing = Array.from({ length: 50 }, async (_, n) => {
      await db.executeSql("select pg_sleep(0.05)");
      await db.batch([["insert into kept values ($1) on conflict do nothing", [n]]]);
    });
    await cluster.restart();
    await Promise.all(writing);
    assert.deepEqual((await db.executeSql("select count(*) from kept")).rows, [{ count: 50 }]);
    await db.close();
  });

  it("that is not there, or has no such database, is named without the password", async () => {
    const refusal = { code: "E_STATE_UNAVAILABLE", exitCode: 75 };
    const missing = "postgresql://me:hunter2@127.0.0.1:9/db";
    await assert.rejects(open(missing), {
      ...refusal,
      message: /^the state database postgresql:\/\/127\.0\.0\.1:9\/db cannot be used: connect ECONNREFUSED/,
    });
    await assert.rejects(open(cluster.url.replace("/postgres?", "/nowhere?")), {
      ...refusal,
      message: /database "nowhere" does not exist/,
    });
  });
});
