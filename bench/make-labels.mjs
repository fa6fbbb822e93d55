// Draws a segmentation of its own: uint32 labels, one tiled TIFF per section, for `npm run bench` and for the peers.
// node bench/make-labels.mjs OUT [--size 2048,2048,128] [--tile 512]      writes OUT/0000.tif, OUT/0001.tif, ...
//
// A smooth random field is cut at a level: what lies near the level is membrane (label 0), the connected pieces of the rest are
// labelled section by section, and a piece takes the label of the piece below that it covers most of, if no larger one took it: ragged outlines,
// thousands of small pieces among few large ones, as automatic segmentations have. The only randomness is a hash of small
// integers, so the same arguments give the same bytes.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

/** Lattices of random numbers: steps in pixels and sections, and weight. */
const octaves = [
  { step: 40, depth: 12, weight: 1 },
  { step: 8, depth: 3, weight: 0.25 },
  { step: 3, depth: 2, weight: 0.06 },
];
/** Half the width of a membrane, in units of the field. */
const membrane = 0.1;

/** Writes the sections; `size` is voxels x, y, z, `tile` the side of a TIFF tile, a multiple of 16. */
export function makeLabels({ out, size = [2048, 2048, 128], tile = 512 }) {
  const [width, height, depth] = size;
  mkdirSync(out, { recursive: true });
  let before = { labels: new Uint32Array(width * height), count: 0 };
  for (let z = 0; z < depth; z++) {
    const pieces = connectedPieces(fieldOf(width, height, z), width, height);
    before = linked(pieces, before);
    writeFileSync(join(out, `${String(z).padStart(4, "0")}.tif`), tiledTiff(before.labels, { width, height, tile }));
  }
}

const hash = (x, y, z, seed) => {
  let h = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(z, 0xc2b2ae35) ^ Math.imul(seed, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 31 - 1;
};

/** Sum of the lattices, each interpolated linearly; values around 0. */
function fieldOf(width, height, z) {
  const field = new Float32Array(width * height);
  octaves.forEach(({ step, depth, weight }, seed) => {
    const columns = Math.ceil(width / step) + 1;
    const level = Math.floor(z / depth);
    const rise = z / depth - level;
    const knots = new Float32Array(columns * (Math.ceil(height / step) + 1));
    for (let i = 0; i < knots.length; i++) {
      const [x, y] = [i % columns, Math.floor(i / columns)];
      knots[i] = weight * (hash(x, y, level, seed) * (1 - rise) + hash(x, y, level + 1, seed) * rise);
    }
    const row = new Float32Array(columns);
    for (let y = 0; y < height; y++) {
      const top = Math.floor(y / step) * columns;
      const down = (y % step) / step;
      for (let x = 0; x < columns; x++) row[x] = knots[top + x] * (1 - down) + knots[top + columns + x] * down;
      for (let column = 0, x = 0; x < width; column++) {
        const slope = (row[column + 1] - row[column]) / step;
        for (let value = row[column], i = 0; i < step && x < width; i++, x++, value += slope)
          field[y * width + x] += value;
      }
    }
  });
  return field;
}

/** Pieces of equal sign outside of membranes, joined along rows and columns: number of each voxel's piece from 1 on, 0 in membranes. */
function connectedPieces(field, width, height) {
  const piece = new Uint32Array(width * height);
  const parents = [0];
  const rootOf = (i) => {
    while (parents[i] !== i) i = parents[i] = parents[parents[i]];
    return i;
  };
  for (let i = 0; i < piece.length; i++) {
    const value = field[i];
    if (value < membrane && value > -membrane) continue;
    const isHigh = value > 0;
    const left = i % width > 0 && field[i - 1] > 0 === isHigh ? piece[i - 1] : 0;
    const above = i >= width && field[i - width] > 0 === isHigh ? piece[i - width] : 0;
    if (left === 0 && above === 0) parents.push((piece[i] = parents.length));
    else {
      piece[i] = left || above;
      if (left !== 0 && above !== 0 && left !== above) {
        const [a, b] = [rootOf(left), rootOf(above)];
        parents[Math.max(a, b)] = Math.min(a, b);
      }
    }
  }
  const numbers = new Uint32Array(parents.length);
  let count = 0;
  for (let i = 1; i < parents.length; i++) numbers[i] = parents[i] === i ? ++count : numbers[rootOf(i)];
  for (let i = 0; i < piece.length; i++) piece[i] = numbers[piece[i]];
  return { piece, count };
}

/** Labels of a section's pieces, given the section below. */
function linked({ piece, count }, { labels: below, count: known }) {
  const overlaps = new Map(); // piece and label below -> voxels
  for (let i = 0; i < piece.length; i++) {
    if (piece[i] === 0 || below[i] === 0) continue;
    let end = i + 1; // a run of the same pair counts at once
    while (end < piece.length && piece[end] === piece[i] && below[end] === below[i]) end++;
    const pair = piece[i] * 2 ** 26 + below[i];
    overlaps.set(pair, (overlaps.get(pair) ?? 0) + end - i);
    i = end - 1;
  }
  const labelOf = new Uint32Array(count + 1);
  const taken = new Set();
  for (const [pair] of [...overlaps].sort((a, b) => b[1] - a[1] || a[0] - b[0])) {
    const [number, label] = [Math.floor(pair / 2 ** 26), pair % 2 ** 26];
    if (labelOf[number] !== 0 || taken.has(label)) continue;
    labelOf[number] = label;
    taken.add(label);
  }
  for (let i = 1; i <= count; i++) if (labelOf[i] === 0) labelOf[i] = ++known;
  return { labels: piece.map((number) => labelOf[number]), count: known };
}

/** One page of uncompressed little-endian uint32 in square tiles. */
function tiledTiff(labels, { width, height, tile }) {
  const [across, down] = [Math.ceil(width / tile), Math.ceil(height / tile)];
  const tileBytes = tile * tile * 4;
  const count = across * down;
  const entries = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [277, 3, 1, 1],
    [322, 4, 1, tile],
    [323, 4, 1, tile],
    [324, 4, count, 0],
    [325, 4, count, 0],
    [339, 3, 1, 1],
  ];
  const tables = 8 + 2 + 12 * entries.length + 4;
  const start = Math.ceil((tables + 8 * count) / 16) * 16;
  const file = Buffer.alloc(start + count * tileBytes);
  file.write("II*\0", "latin1");
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  for (let i = 0; i < count; i++) {
    file.writeUInt32LE(start + i * tileBytes, tables + 4 * i);
    file.writeUInt32LE(tileBytes, tables + 4 * (count + i));
  }
  entries.forEach(([tag, type, number, value], i) => {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(number, at + 4);
    // A single offset stands in its entry, several in the tables behind the directory.
    if (tag === 324) file.writeUInt32LE(count === 1 ? start : tables, at + 8);
    else if (tag === 325) file.writeUInt32LE(count === 1 ? tileBytes : tables + 4 * count, at + 8);
    else file.writeUInt32LE(value, at + 8);
  });
  const pixels = new Uint32Array(file.buffer, file.byteOffset + start, (count * tileBytes) / 4);
  for (let y = 0; y < height; y++)
    for (let column = 0; column < across; column++) {
      const from = y * width + column * tile;
      const to = (Math.floor(y / tile) * across + column) * tile * tile + (y % tile) * tile;
      pixels.set(labels.subarray(from, Math.min(from + tile, (y + 1) * width)), to);
    }
  return file;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { size: { type: "string", default: "2048,2048,128" }, tile: { type: "string", default: "512" } },
  });
  const size = values.size.split(",").map(Number);
  const tile = Number(values.tile);
  const isRight =
    positionals.length === 1 && size.length === 3 && [...size, tile / 16].every((n) => Number.isInteger(n) && n > 0);
  if (!isRight) {
    console.error("usage: node bench/make-labels.mjs OUT [--size 2048,2048,128] [--tile 512]");
    process.exit(2);
  }
  makeLabels({ out: positionals[0], size, tile });
}
