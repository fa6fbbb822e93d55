import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { probeWritable } from "#src/storage/open.js";
import { openDestination } from "../fixtures/destination.js";
import { canMount, mountSmallDisk } from "../fixtures/small-disk.js";

const skip = !canMount && "needs Linux and root";

describe("a small disk", { skip }, () => {
  it("that fills up gives one clear error, keeps what was written, and leaves nothing unfinished", async () => {
    const disk = await mountSmallDisk(1 << 20);
    try {
      const store = await openDestination(join(disk.path, "volume"), { jobId: "0abcde-fghk" });
      const bytes = new Uint8Array(300_000).fill(7);
      const written: string[] = [];
      const isFull = (error: unknown): boolean =>
        isCirrusError(error, "E_STORE_FULL") && /^cannot write .*volume\/s\/\d+: the disk is full$/.test(error.message);
      for (let i = 0; i < 3; i++) {
        await store.put(`s/${i}`, bytes);
        written.push(`${i}`);
      }
      await assert.rejects(store.put("s/3", bytes), isFull);
      await assert.rejects(store.put("s/4", bytes, { ifVersion: "absent" }), isFull);
      const { version } = (await store.stat("s/0")) ?? { version: "" };
      await assert.rejects(store.put("s/0", bytes, { ifVersion: version }), isFull);
      assert.deepEqual(await readdir(join(disk.path, "volume")), ["s"]);
      assert.deepEqual((await readdir(join(disk.path, "volume/s"))).sort(), written);
      assert.equal((await store.get("s/2"))?.bytes.length, 300_000);
      await store.delete("s/0");
      await store.put("s/3", bytes);
    } finally {
      await disk.release();
    }
  });

  it("without any space is found by the preflight", async () => {
    const disk = await mountSmallDisk(1 << 16);
    try {
      const filler = await openDestination(join(disk.path, "filler"));
      for (let i = 0; ; i++) {
        const full = await filler.put(`${i}`, new Uint8Array(4096)).then(
          () => false,
          (error: unknown) => isCirrusError(error, "E_STORE_FULL"),
        );
        if (full) break;
      }
      await assert.rejects(probeWritable(join(disk.path, "volume")), (error: unknown) =>
        isCirrusError(error, "E_STORE_FULL"),
      );
      assert.deepEqual(await readdir(disk.path), ["filler"]);
    } finally {
      await disk.release();
    }
  });

  it("that is read-only is named by the preflight", async () => {
    const disk = await mountSmallDisk(1 << 16);
    try {
      disk.protect();
      await assert.rejects(
        probeWritable(join(disk.path, "volume")),
        (error: unknown) =>
          isCirrusError(error, "E_DESTINATION_UNWRITABLE") && /file system is read-only/.test(error.message),
      );
    } finally {
      await disk.release();
    }
  });
});

describe("a folder of somebody else", { skip }, () => {
  it("is named by the preflight of a user who may not write there", async () => {
    const base = await mkdtemp(join(tmpdir(), "cirrus-denied-"));
    try {
      await chmod(base, 0o755);
      await mkdir(join(base, "closed"), { mode: 0o755 });
      // A process of another user: root may write everywhere.
      const open = new URL("../../../dist/storage/open.js", import.meta.url).href;
      const script = `import { probeWritable } from ${JSON.stringify(open)};
        await probeWritable(process.argv[1]).catch(({ code, message }) => console.log(code, message));`;
      const { stdout } = spawnSync(
        process.execPath,
        ["--input-type=module", "-e", script, join(base, "closed/volume")],
        {
          uid: 65534,
          gid: 65534,
          cwd: "/",
          encoding: "utf8",
        },
      );
      assert.match(stdout, /^E_STORE_DENIED may not write .*: permission denied in .*\/closed \(EACCES\)\n$/);
    } finally {
      await rm(base, { recursive: true });
    }
  });
});
