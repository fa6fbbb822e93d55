import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boxAt } from "#src/core/bounding-box.js";
import { product, type Vec3 } from "#src/core/vec3.js";
import { automaticFactors } from "#src/geometry/pyramid.js";
import { chooseStages } from "#src/ingest/choose-stages.js";
import { gridLevels, planScales } from "#src/ingest/plan.js";
import { planShards, type ShardsInput } from "#src/ingest/plan-shards.js";

const chunkSize: Vec3 = [64, 64, 64];
const levelsOf = (size: Vec3) => {
  const bounds = boxAt([0, 0, 0], size);
  return gridLevels(planScales(bounds, [4, 4, 40], automaticFactors(bounds, [4, 4, 40], chunkSize)), chunkSize);
};
const inputFor = (size: Vec3, changes: Partial<ShardsInput["destination"]> = {}, url = "file:///v"): ShardsInput => ({
  destination: {
    sharding: "auto",
    encoding: "raw",
    compression: "auto",
    layout: "plain",
    backgroundChunks: "write",
    ...changes,
  },
  url,
  levels: levelsOf(size),
  chunkBytes: product(chunkSize),
});

describe("planShards", () => {
  it("makes no shards where chunks of background are skipped: a shard holds every chunk", () => {
    const auto = planShards(inputFor([8192, 8192, 512], { backgroundChunks: "skip" }));
    assert.deepEqual(auto.scales, []);
    assert.match(auto.reason, /shards hold every chunk/);
    const sharding = {
      hash: "identity",
      preshift_bits: 6,
      minishard_bits: 2,
      minishard_index_encoding: "gzip",
    } as const;
    assert.throws(
      () => planShards(inputFor([512, 512, 64], { backgroundChunks: "skip", sharding })),
      /skipped in unsharded volumes only/,
    );
  });

  it("shards what only shards compress for every reader, and says so", () => {
    const { scales, reason } = planShards(inputFor([8192, 8192, 512]));
    assert.match(reason, /^\d+ shards in place of \d+ chunks: the compressed form that CloudVolume, TensorStore/);
    assert.deepEqual(scales[0], {
      sharding: {
        hash: "identity",
        preshiftBits: 6,
        minishardBits: 2,
        shardBits: 9,
        minishardIndexEncoding: "gzip",
        dataEncoding: "gzip",
      },
      shardCells: [8, 8, 4],
    });
  });

  it("leaves small volumes, small buckets and the cloudvolume layout as they are, and says why", () => {
    assert.match(planShards(inputFor([128, 128, 64])).reason, /there are only 5/);
    assert.deepEqual(planShards(inputFor([2048, 2048, 192], {}, "gs://b/v")).scales, []);
    assert.match(planShards(inputFor([8192, 8192, 512], { layout: "cloudvolume" })).reason, /no shards/);
    assert.match(planShards(inputFor([8192, 8192, 512], { sharding: null })).reason, /not asked for/);
  });

  it("puts no gzip around jpeg", () => {
    const { scales } = planShards(inputFor([16384, 16384, 1024], { encoding: "jpeg" }));
    assert.equal(scales[0]!.sharding.dataEncoding, "raw");
  });

  it("lets footprints grow so that one task makes four mips, as long as it can hold a layer of chunks", () => {
    const cellsOf = (size: Vec3, chunkBytes = product(chunkSize)) =>
      planShards({ ...inputFor(size), chunkBytes }).scales.map(({ shardCells }) => shardCells.join());
    assert.deepEqual(cellsOf([4096, 4096, 128]), ["16,8,2", "8,4,2", "4,2,2", "2,2,2", "4,4,1", "2,2,1", "1,1,1"]);
    // uint64: 8 x 8 chunks are 128 MiB, and mip 2 begins anew.
    assert.deepEqual(cellsOf([2048, 2048, 128], 2 ** 21), ["4,4,2", "2,2,2", "4,4,2", "2,2,2", "2,2,1", "1,1,1"]);
    // A layer of mip 3 below 16 x 16 chunks of mip 4 would be 256 MiB.
    assert.deepEqual(cellsOf([30000, 20000, 100]).slice(3, 6), ["2,2,2", "16,8,1", "8,4,1"]);
  });

  it("gives every task whole shards of every mip that it makes", () => {
    for (const size of [
      [8192, 8192, 512],
      [30000, 20000, 100],
      [700, 5000, 3000],
      [2048, 2048, 192],
    ] as const) {
      const input = inputFor(size);
      const { scales } = planShards(input);
      const stages = chooseStages({
        levels: input.levels,
        bytesPerVoxel: 1,
        tileBytesPerVoxel: 1,
        memoryBytes: 250e6,
        tile: { size: [1024, 1024], origin: [0, 0] },
        access: "whole",
        shardCells: scales.map(({ shardCells }) => shardCells),
      });
      for (const { baseMip, topMip, span } of stages)
        for (let mip = baseMip === 0 ? 0 : baseMip + 1; mip <= topMip; mip++) {
          const factor = input.levels[mip]!.factor.map((f, i) => f / input.levels[baseMip]!.factor[i]!);
          for (const i of [0, 1, 2] as const)
            assert.equal((span[i] / factor[i]!) % scales[mip]!.shardCells[i], 0, `mip ${mip} of ${size.join()}`);
        }
      assert.equal(stages.at(-1)!.topMip, input.levels.length - 1);
    }
  });

  it("refuses shards that no task could own, and too large ones", () => {
    const asked = { minishard_index_encoding: "gzip", hash: "murmurhash3_x86_128", preshift_bits: 0 } as const;
    const refused = (sharding: ShardsInput["destination"]["sharding"], message: RegExp) =>
      assert.throws(() => planShards(inputFor([8192, 8192, 512], { sharding })), { code: "E_CONFIG_INVALID", message });
    refused({ ...asked, minishard_bits: 3 }, /with murmurhash the shards of mip 0 are no boxes/);
    refused({ ...asked, minishard_bits: 32 }, /would hold 131072 chunks/);
  });
});
