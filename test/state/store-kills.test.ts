// The store's process is killed with SIGKILL at random moments: what a client was told stays.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { text } from "node:stream/consumers";
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
    const writers = ["a", "b"].map((name) => {
      const child = spawn(process.execPath, [writer, folder.path, name, "800"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      return { told: text(child.stdout), end: once(child, "exit") };
    });
    let isWriting = true;
    const ended = Promise.all(writers.map(({ end }) => end)).finally(() => (isWriting = false));
    let kills = 0;
    for (; isWriting && kills < 6; kills++) {
      await sleep(200 + Math.random() * 300);
      await killOwner();
      await db.executeSql("select 1"); // the next owner is there
    }
    assert.deepEqual(
      (await ended).map(([code]) => code),
      [0, 0],
    );
    const told = (await Promise.all(writers.map(({ told }) => told))).join("").trim().split("\n");
    const { rows } = await db.executeSql<{ name: string }>("select name from rows");
    const names = new Set(rows.map(({ name }) => name));
    assert.deepEqual(
      told.filter((name) => !names.has(name)),
      [],
    );
    assert.equal(told.length, 1600);
    assert.equal(names.size, 1600);
    assert.ok(kills >= 2, `only ${kills} kills`);
  });

  it("sends a statement again that its owner took along", async () => {
    const slow = db.executeSql("select pg_sleep(0.3), 'answered' as word");
    await sleep(100);
    await killOwner();
    assert.equal((await slow).rows[0]!["word"], "answered");
  });

  it("opens after a kill during its first seconds, again and again", async () => {
    const fresh = await stateFolder();
    for (let i = 0; i < 5; i++) {
      const opening = openDatabase({ folder: fresh.path });
      await sleep(40 * i);
      const { pid } = await storeStatus(fresh.path);
      if (pid !== null) process.kill(pid, "SIGKILL");
      const opened = await opening;
      assert.deepEqual((await opened.executeSql("select 1 as one")).rows, [{ one: 1 }]);
      await opened.close();
    }
    await fresh.dispose();
  });
});
