// What the stages of an ingest cost by themselves: node stages.mjs STACK EXTENSION TILE SCRATCH. One process, one stage after the other over
// the same part of the stack: read, decode (inflate and un-filter), encode, digest, write. Prints CPU seconds per megabyte of voxels.
import { createHash } from "node:crypto";
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

const [stack, extension, tileSize, scratch] = process.argv.slice(2);
const side = Number(tileSize);
const chunkSide = 64;
const sections = Math.min(chunkSide, readdirSync(stack).length);

openArena(256 * 2 ** 20);
await pass(); // compiled, in the page cache
const seconds = await pass();
const megabytes = (side * side * sections) / 1e6;
console.log(JSON.stringify(Object.fromEntries(Object.entries(seconds).map(([stage, s]) => [stage, s / megabytes]))));

/** CPU seconds by stage for one tile column of one slab. */
async function pass() {
  const spent = { read: 0, decode: 0, encode: 0, digest: 0, write: 0 };
  const timed = async (stage, act) => {
    const before = process.cpuUsage();
    const result = await act();
    const { user, system } = process.cpuUsage(before);
    spent[stage] += (user + system) / 1e6;
    return result;
  };
  const chunks = Array.from({ length: (side / chunkSide) ** 2 }, () => new Uint8Array(chunkSide ** 3));
  for (let z = 0; z < sections; z += 2) {
    const names = [z, z + 1].filter((n) => n < sections).map((n) => join(stack, String(n), `0_0_0.${extension}`));
    const files = await timed("read", () => names.map(readInto));
    const tiles = await timed("decode", () => Promise.all(files.map((bytes, i) => decodeImage(bytes, names[i]))));
    tiles.forEach((tile, i) => cut(tile.data, z + i, chunks));
    for (const tile of tiles) tile.release?.();
    for (const bytes of files) giveBytes(bytes);
  }
  const folder = join(scratch, "stages");
  mkdirSync(folder, { recursive: true });
  for (const [i, chunk] of chunks.entries()) {
    const packed = await timed("encode", () => gzipChunk(chunk));
    await timed("digest", () => createHash("sha256").update(packed).digest("hex"));
    await timed("write", () => {
      writeFileSync(join(folder, `${i}.tmp`), packed);
      renameSync(join(folder, `${i}.tmp`), join(folder, `${i}.gz`));
    });
    giveBytes(packed);
  }
  rmSync(folder, { recursive: true });
  return spent;
}

/** Into memory that is used again, as a worker does. */
function readInto(path) {
  const file = openSync(path, "r");
  const room = takeBytes(fstatSync(file).size);
  readSync(file, room);
  closeSync(file);
  return room;
}

/** Not a stage of its own here: pasting is not part of the limit. */
function cut(pixels, z, chunks) {
  const across = side / chunkSide;
  for (let y = 0; y < side; y++)
    for (let column = 0; column < across; column++) {
      const from = y * side + column * chunkSide;
      const chunk = chunks[Math.floor(y / chunkSide) * across + column];
      chunk.set(pixels.subarray(from, from + chunkSide), (z * chunkSide + (y % chunkSide)) * chunkSide);
    }
}
