import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isCirrusError } from "#src/core/errors.js";
import type { Vec3 } from "#src/core/vec3.js";
import { chunkId, idBits, murmurLow64, shardKey, shardPlace } from "#src/formats/precomputed/sharding/chunk-id.js";
import { cellsPerShard, shardAround, shardCells } from "#src/formats/precomputed/sharding/shard-box.js";
import { chunkSpans, frameOf, minishardSpan, shardIndexBytes } from "#src/formats/precomputed/sharding/shard-file.js";
import type { ShardingSpec } from "#src/formats/precomputed/volume-info.js";

const specWith = (changes: Partial<ShardingSpec> = {}): ShardingSpec => ({
  hash: "identity",
  preshiftBits: 2,
  minishardBits: 1,
  shardBits: 9,
  minishardIndexEncoding: "raw",
  dataEncoding: "raw",
  ...changes,
});

describe("numbers of chunks", () => {
  it("are cloud-volume's", () => {
    const cases: [Vec3, Vec3, bigint][] = [
      [[1, 0, 0], [5, 3, 2], 1n],
      [[0, 1, 0], [5, 3, 2], 2n],
      [[0, 0, 1], [5, 3, 2], 4n],
      [[4, 2, 1], [5, 3, 2], 52n],
      [[3, 2, 1], [4, 3, 2], 29n],
      [[0, 0, 5], [1, 1, 9], 5n],
      [[42942, 16383, 9999], [42943, 16384, 10000], 12807582629886n],
    ];
    for (const [cell, grid, id] of cases) assert.equal(chunkId(cell, grid), id);
    assert.equal(idBits([5, 3, 2]), 6);
  });

  it("are hashed as cloud-volume does", () => {
    assert.deepEqual(
      [0n, 1n, 2n, 255n].map((id) => murmurLow64(id).toString(16)),
      ["4772b084e028ae41", "e8bd67d616d4ce9a", "d62f9cd21b013f5a", "4e2fc5b5b87bf79a"],
    );
  });

  it("tell shard and minishard", () => {
    const place = (id: bigint, spec: ShardingSpec) => {
      const { shard, minishard } = shardPlace(id, spec);
      return [shardKey("4_4_40", shard, spec), minishard];
    };
    const identity = specWith();
    assert.deepEqual(place(7n, identity), ["4_4_40/000.shard", 1]);
    assert.deepEqual(place(8n, identity), ["4_4_40/001.shard", 0]);
    assert.deepEqual(place(100n, identity), ["4_4_40/00c.shard", 1]);
    assert.deepEqual(place(4000n, identity), ["4_4_40/1f4.shard", 0]);
    const murmur = specWith({ hash: "murmurhash3_x86_128", preshiftBits: 0, minishardBits: 2, shardBits: 3 });
    assert.deepEqual(place(0n, murmur), ["4_4_40/0.shard", 1]);
    for (const id of [1n, 2n, 255n]) assert.deepEqual(place(id, murmur), ["4_4_40/6.shard", 2]);
    assert.deepEqual(place(3n, specWith({ preshiftBits: 64, minishardBits: 0, shardBits: 0 })), ["4_4_40/0.shard", 0]);
  });
});

describe("the box of a shard", () => {
  it("holds exactly the chunks of the shard", () => {
    const axis = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(fc.tuple(axis, axis, axis), fc.integer({ min: 0, max: 12 }), (grid, bits) => {
        const perShard = shardCells(bits, grid);
        const spec = specWith({ preshiftBits: bits, minishardBits: 0, shardBits: Math.max(0, idBits(grid) - bits) });
        const boxes = new Map<bigint, string>();
        for (let z = 0; z < grid[2]; z++)
          for (let y = 0; y < grid[1]; y++)
            for (let x = 0; x < grid[0]; x++) {
              const { shard } = shardPlace(chunkId([x, y, z], grid), spec);
              const box = JSON.stringify(shardAround([x, y, z], perShard, grid));
              assert.equal(boxes.get(shard) ?? box, box);
              boxes.set(shard, box);
            }
        assert.equal(new Set(boxes.values()).size, boxes.size);
      }),
    );
  });

  it("is none for hashed shards, unless there is one only", () => {
    const murmur = { hash: "murmurhash3_x86_128", preshiftBits: 0, minishardBits: 3 } as const;
    assert.equal(cellsPerShard(specWith({ ...murmur, shardBits: 2 }), [5, 3, 2]), undefined);
    assert.deepEqual(cellsPerShard(specWith({ ...murmur, shardBits: 0 }), [5, 3, 2]), [8, 4, 2]);
  });
});

describe("a shard's indices", () => {
  it("lead to every chunk, in whatever order the data lie", () => {
    const spec = specWith({ minishardBits: 2 });
    const entries = [5n, 3n, 900n, 2n ** 40n, 4n].map((id, i) => ({
      id,
      minishard: Number(id % 2n) * 3,
      start: i * 100,
      sizeBytes: 100 - i,
    }));
    const { shardIndex, minishardIndices } = frameOf(entries, 500, { spec, pack: (bytes) => bytes });
    assert.equal(shardIndex.length, shardIndexBytes(spec));
    const file = Buffer.concat([shardIndex, new Uint8Array(500), ...minishardIndices]);
    for (const { id, minishard, start, sizeBytes } of entries) {
      const span = minishardSpan(file.subarray(16 * minishard, 16 * minishard + 16), spec)!;
      const found = chunkSpans(file.subarray(span.start, span.end), spec).get(id)!;
      assert.deepEqual(found, { start: 64 + start, end: 64 + start + sizeBytes });
    }
    assert.equal(minishardSpan(file.subarray(16, 32), spec), undefined);
  });

  it("are refused when they are cut off or impossible", () => {
    const isCorrupt = (error: unknown) => isCirrusError(error, "E_CHUNK_CORRUPT");
    const pair = (start: bigint, end: bigint) => new Uint8Array(BigUint64Array.of(start, end).buffer);
    assert.throws(() => minishardSpan(pair(0n, 9n).subarray(1), specWith()), isCorrupt);
    assert.throws(() => minishardSpan(pair(9n, 8n), specWith()), isCorrupt);
    assert.throws(() => chunkSpans(new Uint8Array(23), specWith()), isCorrupt);
    assert.throws(() => chunkSpans(new Uint8Array(BigUint64Array.of(1n, 2n ** 60n, 5n).buffer), specWith()), isCorrupt);
  });
});
