// No object is rewritten per task: `provenance` is written when a run begins and when it ends, however many tasks it has.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { CirrusVolume } from "#src/index.js";

/** Linux tells every change, in order; elsewhere several may be told as one. */
const skip = process.platform !== "linux";

it("the provenance file of a run of ten writes is written twice", { skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "cirrus-folds-"));
  const seen: string[] = [];
  let onName = (_name: string): void => {};
  const watcher = watch(folder, (_type, name) => {
    seen.push(String(name));
    onName(String(name));
  });
  try {
    const volume = await CirrusVolume.create(
      folder,
      { type: "image", dataType: "uint8", size: [40, 4, 4], resolutionNm: [4, 4, 40], chunkSize: [4, 4, 4] },
      { sources: ["doi:10.1/x"], motivation: "to count", process: { description: "ten writes" } },
      { codeFolder: folder, store: { fsync: false } },
    );
    for (let x = 0; x < 40; x += 4)
      await volume.write({ min: [x, 0, 0], max: [x + 4, 4, 4] }, new Uint8Array(64).fill(x));
    await volume.close();
    const isTold = new Promise<void>((resolve) => (onName = (name) => name === "last" && resolve()));
    await writeFile(join(folder, "last"), "");
    await isTold; // then all before it was told too
    assert.deepEqual(
      seen.filter((name) => name === "provenance"),
      ["provenance", "provenance"],
    );
  } finally {
    watcher.close();
    await rm(folder, { recursive: true });
  }
});
