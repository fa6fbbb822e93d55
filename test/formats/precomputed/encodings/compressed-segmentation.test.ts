import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { encodeBlocks } from "#src/formats/precomputed/encodings/compressed_segmentation.js";
import type { ChunkShape } from "#src/formats/precomputed/encodings/encoding.js";
import { encodeLabels } from "#src/kernels/encode-labels.js";
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
    // One channel at word 1; two blocks: labels 7 and 9 with one bit each, then 7 alone; sorted tables, then indices.
    const voxels = Uint32Array.of(9, 7, 7, 7, 7, 9, 7, 7);
    const bytes = await encoding.encode(voxels, shapeOf([4, 2, 1]), block);
    assert.deepEqual(words(bytes), [1, 4 + 2 ** 24, 7, 6, 0, 7, 9, 7, 0b1001]);
    assert.deepEqual(await encoding.decode(bytes, shapeOf([4, 2, 1]), block), voxels);
  });

  it("keeps equal tables and equal indices once", async () => {
    const block = { blockSize: [2, 2, 1] } as const;
    const voxels = Uint32Array.of(9, 7, 9, 7, 5, 3, 7, 9, 7, 9, 3, 5);
    const bytes = await encoding.encode(voxels, shapeOf([6, 2, 1]), block);
    // Indices 0110, then the same with the same table, then the same with another table.
    const header = [6 + 2 ** 24, 10, 6 + 2 ** 24, 10, 8 + 2 ** 24, 10];
    assert.deepEqual(words(bytes), [1, ...header, 7, 9, 3, 5, 0b1001]);
    assert.deepEqual(await encoding.decode(bytes, shapeOf([6, 2, 1]), block), voxels);
  });

  it("makes the same bytes by kernel and by TypeScript, from labels of 32 or 64 bits", () => {
    const next = numbers(12);
    for (const labels of [1, 2, 3, 5, 16, 17, 60, 256])
      for (const size of [
        [8, 8, 8],
        [64, 24, 16],
        [61, 17, 11],
        [3, 70, 1],
      ] as const) {
        const count = size[0] * size[1] * size[2];
        const run = 1 + (next() % 30);
        const narrow = Uint32Array.from(
          { length: count },
          (_, i) => Math.imul((next() % 9 ? 0 : next()) + Math.floor(i / run), 0x9e3779b1) % labels,
        ).map((label) => label * 0x01000193);
        const wide = BigUint64Array.from(narrow, BigInt);
        const large = wide.map((label) => label * 0x1234567890123n);
        const blockSize = [8, 8, 8] as const;
        for (const [voxels, read, written] of [
          [narrow, 1, 1],
          [narrow, 1, 2],
          [wide, 2, 2],
          [large, 2, 2],
        ] as const) {
          const shape = shapeOf(size, written === 1 ? "uint32" : "uint64");
          const plain = new Uint32Array(voxels.buffer);
          const oracle = encodeBlocks(plain, shape, { blockSize, words: { read, written } });
          assert.deepEqual(
            encodeLabels({ labels: voxels, size, words: written }),
            oracle,
            `${labels} ${size.join()} ${read}`,
          );
          assert.deepEqual(encoding.encode(voxels, shape, {}), oracle);
        }
      }
  });

  it("leaves blocks of more than 256 labels to TypeScript", async () => {
    const voxels = Uint32Array.from({ length: 512 }, (_, i) => i % 257);
    assert.equal(encodeLabels({ labels: voxels, size: [8, 8, 8], words: 1 }), undefined);
    const bytes = await encoding.encode(voxels, shapeOf([8, 8, 8]), {});
    assert.deepEqual(await encoding.decode(bytes, shapeOf([8, 8, 8])), voxels);
  });

  it("refuses bytes that are cut off", async () => {
    const shape = shapeOf([64, 64, 16]);
    const voxels = Uint32Array.from({ length: 65_536 }, (_, i) => (i >> 5) % 7);
    const intact = await encoding.encode(voxels, shape, {});
    for (const length of [0, 4, 8, 400, intact.length / 2, intact.length - 4].map((n) => n & ~3))
      await assert.rejects(async () => encoding.decode(intact.slice(0, length), shape), (error) => isCirrusError(error, "E_CHUNK_CORRUPT"), `${length}`); // prettier-ignore
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
