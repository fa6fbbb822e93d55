import assert from "node:assert/strict";
import fs, { existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { openStoreData } from "#src/state/store-data.js";
import { makePrivateFolder } from "#src/state/private-folder.js";
import { storePaths, type StorePaths } from "#src/state/store-paths.js";
import { storeTemplate, unpackTemplate } from "#src/state/store-template.js";

describe("the data of a store", async () => {
  const root = await mkdtemp(join(tmpdir(), "cirrus-data-"));
  after(() => rm(root, { recursive: true, force: true }));

  const emptyStore = (name: string): StorePaths => {
    const paths = storePaths(join(root, name));
    makePrivateFolder(paths.folder);
    return paths;
  };
  const withTemplate = { skip: existsSync(storeTemplate) ? false : "no template was built (node scripts/build.mjs)" };

  it("begins with the template: whole, private, tables included", withTemplate, async () => {
    const folder = join(root, "unpacked");
    await unpackTemplate(storeTemplate, folder);
    assert.equal(await readFile(join(folder, "PG_VERSION"), "utf8"), "18\n");
    assert.equal(statSync(join(folder, "pg_wal")).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "PG_VERSION")).mode & 0o777, 0o600);
    const pg = await openStoreData(emptyStore("templated"));
    const { rows } = await pg.query(
      "select to_regclass('cirrus.job')::text as job, to_regclass('cirrus_queue.job')::text as queue",
    );
    assert.deepEqual(rows, [{ job: "cirrus.job", queue: "cirrus_queue.job" }]);
    await pg.close();
  });

  it("reaches the disk with every commit", async () => {
    const pg = await openStoreData(emptyStore("durable"));
    await pg.exec("create table kept (n int)");
    const { fsyncSync } = fs;
    let syncs = 0;
    fs.fsyncSync = (fd) => {
      syncs++;
      fsyncSync(fd);
    };
    syncBuiltinESMExports();
    for (let n = 0; n < 20; n++) await pg.query("insert into kept values ($1)", [n]);
    fs.fsyncSync = fsyncSync;
    syncBuiltinESMExports();
    await pg.close();
    assert.ok(syncs >= 20, `${syncs} fsyncs`);
  });

  it("is initialised where there is no template, durable, and begun anew after a half-made folder", async () => {
    const paths = emptyStore("initialised");
    await mkdir(paths.unfinished);
    await writeFile(join(paths.unfinished, "PG_VERSION"), "18\n"); // what a kill in the middle left
    const pg = await openStoreData(paths, pathToFileURL(join(root, "no-such-template")));
    const { rows } = await pg.query(
      "select current_setting('fsync') as fsync, current_setting('wal_sync_method') as method",
    );
    assert.deepEqual(rows, [{ fsync: "on", method: "fsync" }]);
    await pg.close();
    assert.equal(existsSync(paths.unfinished), false);
  });
});
