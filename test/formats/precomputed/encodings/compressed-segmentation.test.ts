import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import type { ChunkShape } from "#src/formats/precomputed/encodings/encoding.js";
import { encodingNamed } from "#src/formats/precomputed/encodings/table.js";
import { numbers } from "../../../kernels/numbers.js";

const encoding = encodingNamed("compressed_segmentation");
const shapeOf = (size: ChunkShape["size"], dataType: ChunkShape["dataType"] = "uint32"): ChunkShape => ({
  dataType,
  size,
  channels: 1,
});
const words = (bytes: Uint8Array): number[] => [...new Uint32Array(bytes.slice().buffer)];

describe("compressed_segmentation", () => {
  it("is laid out as its specification says", async () => {
    const block = { blockSize: [2, 2, 1] } as const;
    // One channel at word 1; two blocks: labels 7 and 9 with one bit each, then 7 alone, both tables sorted.
    const voxels = Uint32Array.of(9, 7, 7, 7, 7, 9, 7, 7);
    const bytes = await encoding.encode(voxels, shapeOf([4, 2, 1]), block);
    assert.deepEqual(words(bytes), [1, 5 + 2 ** 24, 4, 7, 7, 0b1001, 7, 9, 7]);
    assert.deepEqual(await encoding.decode(bytes, shapeOf([4, 2, 1]), block), voxels);
  });

  it("shares equal tables, and needs no values for a block of one label", async () => {
    const bytes = await encoding.encode(
      new BigUint64Array(32 ** 3).fill(2n ** 63n),
      shapeOf([32, 32, 32], "uint64"),
      {},
    );
    assert.equal(bytes.length, 4 * (1 + 64 * 2 + 2));
  });

  it("gives back what it was given: any number of labels in a block, any size, ids up to 2^64 - 1", async () => {
    const next = numbers(9);
    for (const dataType of ["uint32", "uint64"] as const)
      for (const labels of [1, 2, 3, 4, 5, 15, 17, 200, 257, 5000])
        for (const blockSize of [
          [8, 8, 8],
          [4, 2, 3],
          [64, 64, 1],
          [1, 1, 1],
        ] as const) {
          const size = [1 + (next() % 70), 1 + (next() % 40), 1 + (next() % 12)] as const;
          const count = size[0] * size[1] * size[2];
          const run = 1 + (next() % 9);
          const value = (i: number) => Math.imul(Math.floor(i / run), 0x9e3779b1) % labels;
          const voxels =
            dataType === "uint32"
              ? Uint32Array.from({ length: count }, (_, i) => 2 ** 32 - 1 - Math.abs(value(i)))
              : BigUint64Array.from(
                  { length: count },
                  (_, i) => 2n ** 64n - 1n - BigInt(Math.abs(value(i))) * 0x100000001n,
                );
          const shape = shapeOf(size, dataType);
          const bytes = await encoding.encode(voxels, shape, { blockSize });
          assert.deepEqual(
            await encoding.decode(bytes, shape, { blockSize }),
            voxels,
            `${labels} labels, ${size.join()}`,
          );
        }
  });

  it("refuses altered bytes, or gives voxels of the right shape: nothing else", async () => {
    const next = numbers(4);
    const shape = shapeOf([20, 20, 9]);
    const intact = await encoding.encode(
      Uint32Array.from({ length: 3600 }, () => next() % 5),
      shape,
      {},
    );
    for (let i = 0; i < 500; i++) {
      const altered = intact.slice();
      altered[next() % altered.length]! ^= 1 << (next() % 8);
      try {
        assert.equal((await encoding.decode(altered, shape)).length, 3600);
      } catch (error) {
        assert.ok(isCirrusError(error, "E_CHUNK_CORRUPT"), String(error));
      }
    }
  });

  it("refuses what is not labels", () => {
    assert.match(encoding.refuses({ dataType: "uint8", channels: 1 })!, /uint32 and uint64 only/);
    assert.match(encoding.refuses({ dataType: "uint64", channels: 2 })!, /1 channel/);
  });
});
