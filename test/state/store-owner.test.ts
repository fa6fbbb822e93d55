import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, renameSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openDatabase } from "#src/state/open-database.js";
import { storeStatus, stopStore } from "#src/state/store-control.js";
import { storePaths } from "#src/state/store-paths.js";
import { stateFolder } from "../fixtures/state-folder.js";

const writer = fileURLToPath(new URL("../fixtures/write-rows.js", import.meta.url));
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

async function untilStopped(folder: string): Promise<void> {
  while ((await storeStatus(folder)).state !== "stopped") await sleep(20);
}

describe("the store's owner", async () => {
  const folder = await stateFolder();
  after(() => folder.dispose());

  it("is one process, however many clients start at once", async () => {
    const db = await openDatabase({ folder: folder.path });
    await db.executeSql("create table rows (name text primary key)");
    await db.close();
    await stopStore(folder.path);
    const clients = ["a", "b", "c", "d", "e"].map((name) =>
      spawn(process.execPath, [writer, folder.path, name, "3"], { stdio: "ignore" }),
    );
    const codes = await Promise.all(clients.map((client) => once(client, "exit")));
    assert.deepEqual(
      codes.map(([code]) => code),
      [0, 0, 0, 0, 0],
    );
    const again = await openDatabase({ folder: folder.path });
    assert.deepEqual((await again.executeSql("select count(*) from rows")).rows, [{ count: 15 }]);
    await again.close();
    assert.equal(await readFile(storePaths(folder.path).log, "utf8"), "");
  });

  it("keeps its folder and socket from other users", async () => {
    const db = await openDatabase({ folder: folder.path });
    const paths = storePaths(folder.path);
    assert.deepEqual([mode(paths.folder), mode(paths.socket)], ["700", "600"]);
    await db.close();
  });

  it("tells who it is, and stops cleanly when asked", async () => {
    const [one, two] = [await openDatabase({ folder: folder.path }), await openDatabase({ folder: folder.path })];
    await one.executeSql("select 1");
    await two.executeSql("select 1");
    const status = await storeStatus(folder.path);
    assert.deepEqual([status.state, status.connections], ["running", 2]);
    assert.ok(status.sizeBytes > 20e6);
    assert.ok(Date.now() - Date.parse(status.since!) < 60_000);
    await one.close();
    await two.close();
    assert.equal(await stopStore(folder.path), "stopped");
    assert.equal(await stopStore(folder.path), "was-not-running");
    const stopped = await storeStatus(folder.path);
    assert.deepEqual([stopped.state, stopped.pid, stopped.connections], ["stopped", null, null]);
  });

  it("of a folder that does not exist is not running", async () => {
    const status = await storeStatus(join(folder.path, "nowhere"));
    assert.deepEqual([status.state, status.sizeBytes], ["stopped", 0]);
    assert.equal(await stopStore(join(folder.path, "nowhere")), "was-not-running");
  });

  it("is looked at while its folders come and go, as they do when it is made", async () => {
    const made = join(folder.path, "made");
    const { folder: data } = storePaths(made);
    const deep = join(data, "data.unfinished", ...Array.from({ length: 20 }, (_, i) => `${i}`));
    mkdirSync(deep, { recursive: true });
    for (let turn = 0; turn < 50; turn++) {
      const looking = storeStatus(made);
      for (let later = 0; later < turn % 10; later++) await setImmediate();
      renameSync(join(data, "data.unfinished"), join(data, "data"));
      assert.deepEqual([(await looking).state, (await looking).sizeBytes], ["stopped", 0]);
      renameSync(join(data, "data"), join(data, "data.unfinished"));
    }
  });

  it("ignores a Ctrl-C and the end of a terminal, and leaves on SIGTERM after what it was asked", async () => {
    const db = await openDatabase({ folder: folder.path });
    const { pid } = await storeStatus(folder.path);
    process.kill(pid!, "SIGINT");
    process.kill(pid!, "SIGHUP");
    await sleep(50);
    assert.equal((await storeStatus(folder.path)).pid, pid);
    const asked = db.executeSql("select pg_sleep(0.2), 'whole' as word");
    await sleep(50);
    process.kill(pid!, "SIGTERM");
    assert.equal((await asked).rows[0]!["word"], "whole");
    while ((await storeStatus(folder.path)).pid === pid) await sleep(20);
    assert.deepEqual((await db.executeSql("select 1 as one")).rows, [{ one: 1 }]);
    await db.close();
  });

  it("leaves some time after its last client, and not while there is one", async () => {
    await stopStore(folder.path);
    const db = await openDatabase({ folder: folder.path, idleMs: 100 });
    await db.executeSql("select 1");
    await sleep(400);
    assert.equal((await storeStatus(folder.path)).state, "running");
    await db.close();
    await untilStopped(folder.path);
  });

  it("is no reason for a client's process to stay", async () => {
    const module = new URL("../../../dist/state/open-database.js", import.meta.url).href;
    const program = `const { openDatabase } = await import(${JSON.stringify(module)});
      const db = await openDatabase({ folder: ${JSON.stringify(folder.path)} });
      await db.executeSql("select 1");`; // and never closes it
    const client = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
    const [code] = await once(client, "exit");
    assert.equal(code, 0);
  });

  it("checkpoints and analyses what changed", async () => {
    const db = await openDatabase({ folder: folder.path });
    const redo = async () =>
      (await db.executeSql<{ lsn: string }>("select redo_lsn::text as lsn from pg_control_checkpoint()")).rows[0]!.lsn;
    const before = await redo();
    await db.executeSql(
      "create table wide as select n, repeat(md5(n::text), 20) as text from generate_series(1, 60000) as n",
    );
    const analysed = "select analyze_count from pg_stat_user_tables where relname = 'wide'";
    while ((await db.executeSql<{ analyze_count: number }>(analysed)).rows[0]!.analyze_count === 0) await sleep(100);
    assert.notEqual(await redo(), before);
    await db.close();
  });

  it("listens elsewhere, in a private folder, when its own path is too long for a socket", async () => {
    const long = join(folder.path, "long".repeat(30));
    const db = await openDatabase({ folder: long });
    assert.deepEqual((await db.executeSql("select 1 as one")).rows, [{ one: 1 }]);
    const { socket } = storePaths(long);
    assert.ok(socket.length < 100 && !socket.startsWith(long));
    assert.equal(mode(join(socket, "..")), "700");
    const runtime = process.env["XDG_RUNTIME_DIR"];
    process.env["XDG_RUNTIME_DIR"] = folder.path; // as a cron job's differs from its user's session
    assert.notEqual(storePaths(long).socket, socket);
    const other = await openDatabase({ folder: long });
    assert.deepEqual((await other.executeSql("select 2 as two")).rows, [{ two: 2 }]);
    await other.close();
    if (runtime === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = runtime;
    await db.close();
    await stopStore(long);
    await rm(join(socket, ".."), { recursive: true });
  });
});

describe("opening a store is refused", async () => {
  const root = await mkdtemp(join(tmpdir(), "cirrus-refused-"));
  after(() => rm(root, { recursive: true, force: true }));

  it("when its data is of another PostgreSQL, saying which", async () => {
    const { data } = storePaths(join(root, "old"));
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "PG_VERSION"), "17\n");
    await assert.rejects(openDatabase({ folder: join(root, "old") }), {
      code: "E_STATE_VERSION",
      message: /data of PostgreSQL 17; this cirrus opens PostgreSQL 18/,
      hint: /dump it/,
    });
  });

  it("when it cannot be made", async () => {
    await writeFile(join(root, "file"), "");
    await assert.rejects(openDatabase({ folder: join(root, "file", "below") }), {
      code: "E_STATE_UNAVAILABLE",
      message: /cannot be made/,
    });
  });

  it("when its owner cannot start, with the owner's last words", async () => {
    const { data } = storePaths(join(root, "broken"));
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "PG_VERSION"), "18\n");
    await assert.rejects(openDatabase({ folder: join(root, "broken") }), {
      code: "E_STATE_UNAVAILABLE",
      message: /cannot start: \d{4}-.*store\.log\)$/,
    });
  });
});
