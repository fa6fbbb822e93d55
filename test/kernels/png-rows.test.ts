import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { decodeRows, fitsKernels, type CompressedRows } from "#src/kernels/png-rows.js";
import { unfilter } from "#src/tiles/images/png/unfilter.js";
import { numbers } from "./numbers.js";

interface Image {
  readonly widthPx: number;
  readonly rows: number;
  readonly pixelBytes: number;
  /** Filter of row y. */
  readonly filter: (y: number) => number;
  /** Values of bytes, at most. */
  readonly most: number;
}

/** Any filtered bytes are those of some image: nothing has to be filtered for the test. */
function filteredBytes({ widthPx, rows, pixelBytes, filter, most }: Image, next: () => number): Uint8Array {
  const stride = widthPx * pixelBytes + 1;
  return Uint8Array.from({ length: stride * rows }, (_, i) =>
    i % stride === 0 ? filter(Math.floor(i / stride)) : next() % most,
  );
}

const asRows = (image: Image, compressed: Uint8Array, stop = image.rows): CompressedRows => ({
  compressed: [compressed.subarray(0, 5), compressed.subarray(5)],
  rowBytes: image.widthPx * image.pixelBytes,
  rows: image.rows,
  stop,
  pixelBytes: image.pixelBytes,
});

const byOracle = (image: Image, filtered: Uint8Array): Uint8Array =>
  unfilter(new Uint8Array(filtered), {
    rowBytes: image.widthPx * image.pixelBytes,
    rows: image.rows,
    pixelBytes: image.pixelBytes,
  });

const paeth = () => 4;

describe("decodeRows", () => {
  it("equals zlib and the plain un-filter for every filter, width, pixel size and way to compress", () => {
    const next = numbers(3);
    const filters = [0, 1, 2, 3, 4].map((one) => () => one);
    const mixed = () => next() % 5;
    const usual = () => 3 + (next() % 2);
    const seldom = () => (next() % 8 === 0 ? 1 + (next() % 4) : 2);
    const strategies = [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED];
    for (const widthPx of [1, 7, 16, 31, 33, 64, 100])
      for (const pixelBytes of [1, 2])
        for (const filter of [...filters, mixed, usual, seldom]) {
          const images = [16 + (next() % 110), 1 + (next() % 40)].map((rows): Image => ({
            widthPx,
            rows,
            pixelBytes,
            filter,
            most: 1 + (next() % 256),
          }));
          const filtered = images.map((image) => filteredBytes(image, next));
          const level = next() % 10;
          const strategy = strategies[next() % 4]!;
          const compressed = filtered.map((bytes) => deflateSync(bytes, { level, strategy }));
          const wanted = images.map((image, i) => byOracle(image, filtered[i]!));
          const tasks = images.map((image, i) => asRows(image, compressed[i]!));
          const label = `${widthPx} px of ${pixelBytes}, level ${level}, strategy ${strategy}`;
          assert.deepEqual(decodeRows(tasks), wanted, label);
          assert.deepEqual(decodeRows([tasks[1]!]), [wanted[1]], label);
        }
  });

  it("gives the first rows only, when no more are wanted", () => {
    const image: Image = { widthPx: 50, rows: 40, pixelBytes: 1, filter: paeth, most: 256 };
    const filtered = filteredBytes(image, numbers(5));
    const [rows] = decodeRows([asRows(image, deflateSync(filtered), 20)]);
    assert.deepEqual(rows, byOracle(image, filtered).slice(0, 20 * 50));
  });

  it("gives nothing, or what zlib gives, for streams that are cut off or altered, and the right rows for the one beside", () => {
    const next = numbers(11);
    const image: Image = { widthPx: 64, rows: 64, pixelBytes: 1, filter: paeth, most: 40 };
    const filtered = filteredBytes(image, next);
    const intact = deflateSync(filtered, { level: 6 });
    const wanted = byOracle(image, filtered);
    for (let i = 0; i < 400; i++) {
      const damaged = Uint8Array.from(i % 4 === 0 ? intact.subarray(0, next() % intact.length) : intact);
      if (i % 4 !== 0) damaged[next() % damaged.length]! ^= 1 << (next() % 8);
      let byZlib: Uint8Array | undefined;
      try {
        byZlib = byOracle(image, inflateSync(damaged));
      } catch {
        byZlib = undefined;
      }
      const [first, second] = decodeRows([asRows(image, damaged), asRows(image, intact)]);
      assert.deepEqual(second, wanted);
      if (first) assert.deepEqual(first, byZlib, `damage ${i}`);
    }
  });

  it("leaves filters and sizes that it does not know to others", () => {
    const image: Image = { widthPx: 40, rows: 20, pixelBytes: 1, filter: () => 5, most: 10 };
    const compressed = deflateSync(filteredBytes(image, numbers(2)));
    assert.deepEqual(decodeRows([asRows(image, compressed)]), [undefined]);
    assert.deepEqual(decodeRows([asRows({ ...image, rows: 21 }, compressed)]), [undefined]);
    assert.equal(fitsKernels({ ...asRows(image, compressed), pixelBytes: 3 }), false);
    assert.equal(fitsKernels({ ...asRows(image, compressed), rows: 2 ** 20 }), false);
  });
});
