import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isCirrusError, type CirrusError } from "#src/core/errors.js";
import { mintTicket, type WriteTicket } from "#src/core/write-ticket.js";
import { openRecordStore, openStore, openWritable, probeWritable, schemes } from "#src/storage/open.js";
import type { StoreDriver } from "#src/storage/store.js";
import { openDestination } from "../fixtures/destination.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cirrus-open-"));
});
after(() => rm(folder, { recursive: true }));

const isCode =
  (code: CirrusError["code"], message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isCirrusError(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

describe("the table of drivers", () => {
  it("has each file of the folder once", async () => {
    const drivers = new URL("../../../dist/storage/drivers/", import.meta.url);
    const names = readdirSync(fileURLToPath(drivers)).filter((name) => name.endsWith(".js"));
    const found = await Promise.all(
      names.map(async (name) => {
        const { driver } = (await import(new URL(name, drivers).href)) as { driver: StoreDriver }; // what a driver file exports
        return driver.scheme;
      }),
    );
    assert.deepEqual(found.sort(), [...schemes].sort());
  });
});

describe("openStore", () => {
  it("gives a store that has no writing methods at run time", async () => {
    const store = await openStore(join(folder, "volume"));
    for (const name of ["put", "delete", "sync", "sweep"]) assert.equal(name in store, false, name);
    assert.equal(Object.isFrozen(store), true);
  });

  it("reads what another store wrote, and does not make the folder", async () => {
    const written = await openDestination(join(folder, "read"));
    await written.put("info", Buffer.from("{}"));
    const store = await openStore(`precomputed://file://${folder}/read`);
    assert.equal(Buffer.from((await store.get("info"))?.bytes ?? []).toString(), "{}");
    const nothing = await openStore(join(folder, "nothing"));
    assert.equal(await nothing.get("info"), undefined);
    assert.equal((await readdir(folder)).includes("nothing"), false);
  });

  it(
    "refuses a drive letter on a machine without drives",
    { skip: process.platform === "win32" && "has drives" },
    async () => {
      await assert.rejects(openStore("C:\\data\\volume"), isCode("E_STORE_URL", /no drive letters/));
    },
  );
});

describe("openWritable", () => {
  const need = /^Need to define sources, motivation and process in order to write to this volume/;

  it("opens the destination of the ticket and places below it", async () => {
    const ticket = mintTicket("memory://gate/volume", "provenance.d/events/1");
    for (const url of ["memory://gate/volume", "memory://gate/volume/", "memory://gate/volume/sub"]) {
      const store = await openWritable(url, ticket);
      assert.equal((await store.put("key", Buffer.from("x"))).kind, "written");
    }
  });

  it("refuses a place beside or above the ticket's destination", async () => {
    const ticket = mintTicket("memory://gate/volume", "provenance.d/events/1");
    for (const url of ["memory://gate/volume2", "memory://gate", "memory://other/volume"]) {
      await assert.rejects(openWritable(url, ticket), isCode("E_PROVENANCE_MISSING", need));
    }
  });

  it("refuses what only looks like a ticket, and nothing at all", async () => {
    const real = mintTicket("memory://gate/volume", "provenance.d/events/1");
    // The casts stand for a caller in JavaScript.
    const forged = [{ ...real }, JSON.parse(JSON.stringify(real)), {}] as WriteTicket[];
    for (const ticket of [...forged, undefined as unknown as WriteTicket]) {
      await assert.rejects(openWritable("memory://gate/volume", ticket), isCode("E_PROVENANCE_MISSING", need));
    }
  });
});

describe("openRecordStore", () => {
  const allowed = [
    "provenance",
    "provenance.d/events/2026-01-01T00:00:00Z-abc.json",
    "provenance.d/records/1.json",
    "env-0123.yml",
  ];
  for (const key of allowed) {
    it(`writes ${key}`, async () => {
      const store = await openRecordStore("memory://records/volume");
      assert.equal((await store.put(key, Buffer.from("x"))).kind, "written");
      await store.sync([key]);
      await store.delete(key);
    });
  }

  const refused = [
    "info",
    "INFO",
    "info.gz",
    "4_4_50/0-64_0-64_0-64",
    "provenance.d/scratch/4_4_50/0",
    "provenance.d/Scratch/4_4_50/0",
    "provenance.d/manifests/1fq2k9-x7pd/0.0.0",
    "provenance/x",
    "scale/provenance.d/x",
  ];
  for (const key of refused) {
    it(`refuses ${key}`, async () => {
      const store = await openRecordStore("memory://records/volume");
      await assert.rejects(store.put(key, Buffer.from("x")), isCode("E_PROVENANCE_MISSING", /is no provenance record/));
      await assert.rejects(store.delete(key), isCode("E_PROVENANCE_MISSING", /is no provenance record/));
      assert.equal(await store.get(key), undefined);
    });
  }
});

describe("probeWritable", () => {
  it("leaves nothing behind, neither an object nor a folder", async () => {
    const base = join(folder, "probe");
    await mkdir(base);
    await probeWritable(join(base, "a/b/volume"));
    assert.deepEqual(await readdir(base), []);
    await mkdir(join(base, "there"));
    await probeWritable(join(base, "there"));
    assert.deepEqual(await readdir(base), ["there"]);
    assert.deepEqual(await readdir(join(base, "there")), []);
  });

  it("keeps what is in the destination", async () => {
    const base = join(folder, "kept");
    await mkdir(base);
    await writeFile(join(base, "info"), "{}");
    await probeWritable(base);
    assert.deepEqual(await readdir(base), ["info"]);
  });

  it("names the file that is in the way", async () => {
    const file = join(folder, "stack.tif");
    await writeFile(file, "x");
    for (const path of [file, join(file, "volume"), join(file, "deep/er/volume")]) {
      await assert.rejects(
        probeWritable(path),
        isCode("E_DESTINATION_UNWRITABLE", /stack\.tif is a file, not a folder/),
      );
    }
  });

  it(
    "says so where the file system makes no folders",
    { skip: process.platform !== "linux" && "needs /proc" },
    async () => {
      await assert.rejects(
        probeWritable("/proc/volume"),
        isCode("E_DESTINATION_UNWRITABLE", /makes no folder in \/proc/),
      );
    },
  );

  it(
    "names the folder that may not be written",
    { skip: (process.platform === "win32" || process.getuid?.() === 0) && "this user may write everywhere" },
    async () => {
      const closed = join(folder, "closed");
      await mkdir(closed);
      await chmod(closed, 0o555);
      await assert.rejects(
        probeWritable(join(closed, "volume")),
        isCode("E_STORE_DENIED", /permission denied in .*closed/),
      );
    },
  );
});
