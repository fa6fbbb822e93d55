// What the stages of an ingest cost by themselves: node stages.mjs STACK EXTENSION TILE SCRATCH COLUMN. One stage after the other over the
// same column of tiles of one slab, by the kernels and in the memory that a worker uses: read, decode (inflate and un-filter), then for the
// chunks of every mip that such a column has whole: encode, digest, write. Averaging and pasting lie between and are not counted.
// Prints CPU seconds of each, and the voxels of mip 0 and of all mips that they were spent on. limit.mjs runs two of these side by side.
import { hash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipChunk } from "../dist/formats/precomputed/encodings/compression.js";
import { giveBytes, openArena, takeBytes } from "../dist/kernels/arena.js";
import { decodeImage } from "../dist/tiles/images/decode-image.js";
import { besideOthers } from "../dist/tiles/images/png/pairs.js";

const [stack, extension, tileSize, scratch, column] = process.argv.slice(2);
const side = Number(tileSize);
const chunkSide = 64;
const sections = Math.min(chunkSide, readdirSync(stack).length);
const mips = Array.from({ length: Math.log2(side / chunkSide) + 1 }, (_, mip) => bricks(side >> mip));

openArena(512 * 2 ** 20);
for (const mip of mips) mip.chunks = mip.chunks.map(() => takeBytes(chunkSide ** 3));
await pass(); // compiled, in the page cache
const seconds = await pass();
const tileVoxels = side * side * sections;
const voxels = mips.reduce((sum, { chunks }) => sum + chunks.length * chunkSide ** 2 * sections, 0);
console.log(JSON.stringify({ seconds, tileVoxels, voxels }));

/** CPU seconds by stage. */
async function pass() {
  const spent = { read: 0, decode: 0, encode: 0, digest: 0, write: 0 };
  const timed = async (stage, act) => {
    const before = process.cpuUsage();
    const result = await act();
    const { user, system } = process.cpuUsage(before);
    spent[stage] += (user + system) / 1e6;
    return result;
  };
  for (let z = 0; z < sections; z += 2) {
    const pair = [z, z + 1].filter((n) => n < sections);
    const names = pair.map((n) => join(stack, String(n), `0_${column}_0.${extension}`));
    const files = await timed("read", () => names.map(readInto));
    const tiles = await timed("decode", () => Promise.all(files.map((bytes, i) => decodeOne(bytes, names[i]))));
    tiles.forEach((tile, i) => cutAll(tile.data, z + i));
    for (const tile of tiles) tile.release?.();
    for (const bytes of files) giveBytes(bytes);
  }
  const folder = join(scratch, `stages-${column}`);
  mkdirSync(folder, { recursive: true });
  for (const [i, chunk] of mips.flatMap(({ chunks }) => chunks).entries()) {
    const packed = await timed("encode", () => gzipChunk(chunk.subarray(0, chunkSide ** 2 * sections), "raw"));
    await timed("digest", () => hash("sha256", packed, "hex"));
    await timed("write", () => {
      writeFileSync(join(folder, `${i}.tmp`), packed);
      renameSync(join(folder, `${i}.tmp`), join(folder, `${i}.gz`));
    });
    giveBytes(packed);
  }
  rmSync(folder, { recursive: true });
  return spent;
}

/** Two PNGs that are under way at the same time are inflated side by side, as in a worker. */
function decodeOne(bytes, name) {
  return besideOthers(async () => {
    await Promise.resolve(); // until the other one is under way, too
    return await decodeImage(bytes, name);
  });
}

/** Into memory that is used again, as a worker does. */
function readInto(path) {
  const file = openSync(path, "r");
  const room = takeBytes(fstatSync(file).size);
  readSync(file, room);
  closeSync(file);
  return room;
}

function bricks(width) {
  return { width, chunks: Array((width / chunkSide) ** 2).fill() };
}

/** One section into the chunks of every mip. */
function cutAll(pixels, z) {
  let fine = pixels;
  for (const mip of mips) {
    if (fine.length !== mip.width ** 2) fine = averaged(fine, mip.width);
    cut(fine, z, mip);
  }
}

function cut(pixels, z, { width, chunks }) {
  const across = width / chunkSide;
  for (let y = 0; y < width; y++)
    for (let column = 0; column < across; column++) {
      const from = y * width + column * chunkSide;
      const chunk = chunks[Math.floor(y / chunkSide) * across + column];
      chunk.set(pixels.subarray(from, from + chunkSide), (z * chunkSide + (y % chunkSide)) * chunkSide);
    }
}

/** Means of four, rounded somehow: they compress as the true ones do. */
function averaged(fine, width) {
  const coarse = new Uint8Array(width * width);
  for (let y = 0; y < width; y++)
    for (let x = 0; x < width; x++) {
      const at = 4 * y * width + 2 * x;
      coarse[y * width + x] = (fine[at] + fine[at + 1] + fine[at + 2 * width] + fine[at + 2 * width + 1] + 2) >> 2;
    }
  return coarse;
}
