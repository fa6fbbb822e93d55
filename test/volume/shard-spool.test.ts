import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, it, type TestContext } from "node:test";
import { boundsOf, gridOf, type ShardingSpec } from "#src/formats/precomputed/volume-info.js";
import { chunksIn } from "#src/geometry/chunk-grid.js";
import { openArena } from "#src/kernels/arena.js";
import { encodeChunk, putShard, readChunk, seriesOf } from "#src/volume/chunk-store.js";
import { isSharded } from "#src/volume/shard-reader.js";
import { ShardSpool } from "#src/volume/shard-spool.js";
import { openDestination } from "../fixtures/destination.js";
import { emptyMemory, infoWith, scaleWith, temporaryFolder, voxelsOf } from "./fixture.js";

const arenaBytes = 2 ** 20;
const arena = openArena(arenaBytes)!;

const sharding = (dataEncoding: ShardingSpec["dataEncoding"]): ShardingSpec => ({
  hash: "identity",
  preshiftBits: 2,
  minishardBits: 1,
  shardBits: 2,
  minishardIndexEncoding: "gzip",
  dataEncoding,
});

/** Writes all chunks of a volume of 3 x 2 x 3 chunks through a spool; resolves to the digests by key. */
async function writeShards(
  context: TestContext,
  path: string,
  { dataEncoding, memoryBytes }: { readonly dataEncoding: "raw" | "gzip"; readonly memoryBytes: number },
) {
  const info = infoWith({ scales: [scaleWith({ sharding: sharding(dataEncoding) })] });
  const series = seriesOf(info, 0);
  const { scale } = series;
  assert.ok(isSharded(scale));
  const store = await openDestination(path);
  context.after(() => store.close());
  const spool = new ShardSpool();
  context.after(() => spool.close());
  spool.allow(memoryBytes);
  const digests: Record<string, string> = {};
  for (const { box } of chunksIn(boundsOf(scale), gridOf(scale))) {
    const encoded = await encodeChunk(series, { box, voxels: voxelsOf(info, box) });
    const shard = spool.add(scale, box, encoded.bytes);
    encoded.release();
    if (!shard) continue;
    const { key, bytes, sha256 } = await putShard(store, shard);
    shard.release();
    assert.equal((await store.stat(key))?.sizeBytes, bytes);
    digests[key] = sha256;
  }
  assert.deepEqual(spool.unfinished, []);
  for (const { box } of chunksIn(boundsOf(scale), gridOf(scale)))
    assert.deepEqual(await readChunk(store, series, box), voxelsOf(info, box));
  return digests;
}

describe("shards from a spool", () => {
  for (const dataEncoding of ["gzip", "raw"] as const)
    it(`are the same bytes wherever the chunks waited and whatever store they go to: ${dataEncoding}`, async (context) => {
      const folder = await temporaryFolder(context);
      const fromFile = await writeShards(context, folder, { dataEncoding, memoryBytes: 0 });
      assert.deepEqual(Object.keys(fromFile), ["4_4_40/0.shard", "4_4_40/1.shard", "4_4_40/2.shard", "4_4_40/3.shard"]);
      for (const [key, sha256] of Object.entries(fromFile))
        assert.equal(
          createHash("sha256")
            .update(await readFile(`${folder}/${key}`))
            .digest("hex"),
          sha256,
        );
      for (const memoryBytes of [9_000, 900_000])
        assert.deepEqual(
          await writeShards(context, await temporaryFolder(context), { dataEncoding, memoryBytes }),
          fromFile,
        );
      const inOnePiece = emptyMemory(context);
      assert.deepEqual(await writeShards(context, inOnePiece, { dataEncoding, memoryBytes: 9_000 }), fromFile);
      assertArenaEmpty();
    });

  it("go to the file where the arena has no room for them", async (context) => {
    const taken = arena.take(arenaBytes - 4096)!;
    const full = await writeShards(context, await temporaryFolder(context), { dataEncoding: "raw", memoryBytes: 1e6 });
    arena.give(taken);
    const folder = await temporaryFolder(context);
    assert.deepEqual(full, await writeShards(context, folder, { dataEncoding: "raw", memoryBytes: 0 }));
    assertArenaEmpty();
  });

  it("give back their memory when they are forgotten", () => {
    const scale = scaleWith({ sharding: sharding("gzip") });
    assert.ok(isSharded(scale));
    const spool = new ShardSpool();
    spool.allow(1e6);
    const [chunk] = chunksIn(boundsOf(scale), gridOf(scale));
    assert.equal(spool.add(scale, chunk!.box, new Uint8Array(4096)), undefined);
    assert.deepEqual(spool.unfinished, ["4_4_40/0.shard"]);
    spool.clear();
    assert.deepEqual(spool.unfinished, []);
    assertArenaEmpty();
  });
});

/** All of it is one gap. */
function assertArenaEmpty(): void {
  const all = arena.take(arenaBytes - 1024);
  assert.ok(all, "memory was not given back");
  arena.give(all);
}
