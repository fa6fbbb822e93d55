// The store's process is killed with SIGKILL at random moments: what a client was told stays.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Database } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";
import { storeStatus } from "#src/state/store-control.js";
import { stateFolder, type StateFolder } from "../fixtures/state-folder.js";

const writer = fileURLToPath(new URL("../fixtures/write-rows.js", import.meta.url));

describe("a store whose owner is killed", () => {
  let folder: StateFolder;
  let db: Database;
  before(async () => {
    folder = await stateFolder();
    db = await openDatabase({ folder: folder.path });
    await db.executeSql("create table rows (name text primary key)");
  });
  after(async () => {
    await db.close();
    await folder.dispose();
  });

  const killOwner = async (): Promise<void> => {
    const { pid } = await storeStatus(folder.path);
    if (pid !== null) process.kill(pid, "SIGKILL");
  };

  it("has every row that two processes were told of, and serves them on", async () => {
    const writers = ["a", "b"].map((name) =>
      spawn(process.execPath, [writer, folder.path, name], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    const ended = Promise.all(writers.map((each) => once(each, "close")));
    const told = ["", ""];
    for (const [i, { stdout }] of writers.entries())
      stdout.setEncoding("utf8").on("data", (more: string) => (told[i] += more));
    while (told.includes("")) await sleep(10); // both write
    for (let kills = 0; kills < 4; kills++) {
      await sleep(100 + Math.random() * 300);
      await killOwner();
      await db.executeSql("select 1"); // the next owner is there
    }
    for (const { stdin } of writers) stdin.end();
    assert.deepEqual(
      (await ended).map(([code]) => code),
      [0, 0],
    );
    const rows = (await db.executeSql<{ name: string }>("select name from rows")).rows.map(({ name }) => name);
    const acknowledged = told.join("").trim().split("\n");
    assert.deepEqual(rows.toSorted(), acknowledged.toSorted());
  });

  it("sends a statement again that its owner took along", async () => {
    const { pid } = await storeStatus(folder.path); // it tells nothing while it sleeps
    const slow = db.executeSql("select pg_sleep(1), 'answered' as word");
    await sleep(100);
    process.kill(pid!, "SIGKILL");
    assert.equal((await slow).rows[0]!["word"], "answered");
    assert.notEqual((await storeStatus(folder.path)).pid, pid);
  });

  it("opens after a kill during its first seconds, again and again", async () => {
    const fresh = await stateFolder();
    for (let i = 0; i < 3; i++) {
      const opening = openDatabase({ folder: fresh.path });
      await sleep(80 * i);
      const { pid } = await storeStatus(fresh.path);
      if (pid !== null) process.kill(pid, "SIGKILL");
      const opened = await opening;
      assert.deepEqual((await opened.executeSql("select 1 as one")).rows, [{ one: 1 }]);
      await opened.close();
    }
    await fresh.dispose();
  });
});
