import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { inflateBlocks, type StoredBlock } from "#src/kernels/tiff-blocks.js";
import { numbers } from "./numbers.js";

const next = numbers(21);
const make = (length: number, value: () => number): Uint8Array => Uint8Array.from({ length }, value);

/** The smaller a value the more often: codes of one bit up to the longest, some found through a second table. */
const skewed = (): number => Math.min(255, Math.clz32(next() * 65_521 + 1) * 3 + (next() % 3));

/** Pieces of noise and repetitions of what is near and far, as many as make `length` bytes. */
function repetitive(length: number): Uint8Array {
  const bytes = make(length, () => next() % 16);
  for (let at = 300; at < length;) {
    const distance = 1 + (next() % 5 === 0 ? next() % 8 : next() % Math.min(at, 32_768));
    const size = Math.min(3 + (next() % 300), length - at);
    for (let i = 0; i < size; i++) bytes[at + i] = bytes[at + i - Math.min(distance, at)]!;
    at += size + (next() % 60);
  }
  return bytes;
}

const { Z_FIXED, Z_HUFFMAN_ONLY } = constants;
const kinds: Readonly<Record<string, (length: number) => Uint8Array>> = {
  "stored blocks": (length) =>
    deflateSync(
      make(length, () => next() % 256),
      { level: 0 },
    ),
  "codes of one length": (length) =>
    deflateSync(
      make(length, () => next() % 64),
      { strategy: Z_HUFFMAN_ONLY },
    ),
  "codes of all lengths": (length) => deflateSync(make(length, skewed), { strategy: Z_HUFFMAN_ONLY }),
  "fixed codes": (length) =>
    deflateSync(
      make(length, () => next() % 100),
      { strategy: Z_FIXED, level: 1 },
    ),
  "few matches": (length) => deflateSync(make(length, () => 128 + (next() % 20) - (next() % 20))),
  "many matches": (length) => deflateSync(repetitive(length)),
  "matches only": (length) => deflateSync(new Uint8Array(length)),
  "blocks of every kind": (length) => deflateSync(mixed(length), { memLevel: 1 }),
};

function mixed(length: number): Uint8Array {
  const bytes = repetitive(length);
  for (let at = 0; at < length; at += 20_000) {
    const piece = bytes.subarray(at, at + 8000);
    piece.set(make(piece.length, at % 40_000 === 0 ? () => next() % 256 : skewed));
  }
  return bytes;
}

const asBlock = (stored: Uint8Array): StoredBlock & { readonly raw: Uint8Array } => {
  const raw = new Uint8Array(inflateSync(stored));
  return { stored, raw, expectedBytes: raw.length };
};
const copied = (blocks: readonly (Uint8Array | undefined)[]): (Uint8Array | undefined)[] =>
  blocks.map((block) => block && new Uint8Array(block));

describe("two streams side by side", () => {
  it("equal zlib, whatever is beside what, and whichever is longer", () => {
    for (const [nameA, a] of Object.entries(kinds))
      for (const [nameB, b] of Object.entries(kinds)) {
        const blocks = [asBlock(a(1 + (next() % 90_000))), asBlock(b(1 + (next() % 90_000)))];
        const label = `${nameA} beside ${nameB}`;
        assert.deepEqual(copied(inflateBlocks(blocks)), [blocks[0]!.raw, blocks[1]!.raw], label);
        assert.deepEqual(copied(inflateBlocks(blocks.slice(1))), [blocks[1]!.raw], label);
      }
  });

  it("equal zlib for lengths about those at which they go on alone", () => {
    for (let length = 1; length < 900; length += 13) {
      const blocks = [asBlock(kinds["codes of all lengths"]!(length)), asBlock(kinds["few matches"]!(900 - length))];
      assert.deepEqual(copied(inflateBlocks(blocks)), [blocks[0]!.raw, blocks[1]!.raw], `${length} bytes`);
    }
  });

  it("give nothing, or what zlib gives, for the damaged one, and the right bytes for the other", () => {
    for (const [name, kind] of Object.entries(kinds))
      for (let i = 0; i < 12; i++) {
        const intact = asBlock(kinds[i % 2 ? "few matches" : "many matches"]!(30_000));
        const whole = kind(30_000);
        const damaged = Uint8Array.from(i % 4 === 0 ? whole.subarray(0, 2 + (next() % (whole.length - 2))) : whole);
        if (i % 4 !== 0) damaged[next() % damaged.length]! ^= 1 << (next() % 8);
        let byZlib: Uint8Array | undefined;
        try {
          byZlib = new Uint8Array(inflateSync(damaged));
        } catch {
          byZlib = undefined;
        }
        const beside = { stored: damaged, expectedBytes: 30_000 };
        const isFirst = i % 3 !== 0;
        const both = copied(inflateBlocks(isFirst ? [beside, intact] : [intact, beside]));
        const [first, second] = isFirst ? both : both.reverse();
        assert.deepEqual(second, intact.raw, `beside ${name}, damage ${i}`);
        if (first) assert.deepEqual(first, byZlib, `${name}, damage ${i}`);
      }
  });
});
