// Draws a sample stack of its own: something like an electron micrograph of neuropil.
// node scripts/make-sample.mjs OUT       [--size 1024,1024,64] [--tile 512]   CATMAID tiles <OUT>/<z>/<row>_<col>_0.png
// (with --part 0/2: every second section, so that two processes can share the work)
// node scripts/make-sample.mjs OUT.tif   [--size 1024,1024,64]                one TIFF, pages are sections
// node scripts/make-sample.mjs OUT.h5    [--size 1024,1024,64]                one HDF5 dataset, img[z, y, x]
// node scripts/make-sample.mjs OUT --raw [--size 1024,1024,64]                headerless sections <OUT>/<z>.raw
//
// Neurites are the cells of a Voronoi diagram whose seeds drift from section to section; borders are membranes; inside lie
// mitochondria and vesicles; the microscope adds noise and a brightness of its own to every section. The same arguments give
// the same voxels: the only randomness is a hash of small integers.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import sharp from "sharp";

const CELL_PX = 60;
const BLOCK_PX = 16;
const WARP_PX = 32;
const WARP_BY_PX = 9;

/** Writes CATMAID tiles; `size` is voxels x, y, z. Edge tiles are clipped to the stack. `part` [k, n]: sections k, k + n, ... only. */
export async function makeSample({ out, size = [1024, 1024, 64], tile = 512, part = [0, 1] }) {
  const [width, height] = size;
  for (const [z, section] of sections(size, part)) {
    await mkdir(join(out, String(z)), { recursive: true });
    const tiles = [];
    for (let row = 0; row * tile < height; row++)
      for (let col = 0; col * tile < width; col++) {
        const [left, top] = [col * tile, row * tile];
        const box = { left, top, width: Math.min(tile, width - left), height: Math.min(tile, height - top) };
        const image = sharp(section, { raw: { width, height, channels: 1 } })
          .extract(box)
          .toColourspace("b-w");
        tiles.push(image.png({ compressionLevel: 3 }).toFile(join(out, String(z), `${row}_${col}_0.png`)));
      }
    await Promise.all(tiles);
  }
}

/** Writes one TIFF whose pages are the sections. Holds the whole stack in memory. */
export async function makeSampleTiff({ out, size }) {
  const [width, height, depth] = size;
  const pages = Buffer.concat([...sections(size)].map(([, section]) => section));
  const image = sharp(pages, { raw: { width, height: height * depth, channels: 1, pageHeight: height } });
  await mkdir(dirname(out), { recursive: true });
  await image.toColourspace("b-w").tiff({ compression: "lzw", predictor: "horizontal" }).toFile(out);
}

/** Writes one headerless file per section. */
export async function makeSampleRaw({ out, size }) {
  await mkdir(out, { recursive: true });
  for (const [z, section] of sections(size)) await writeFile(join(out, `${z}.raw`), section);
}

/** Writes one HDF5 file with a dataset `img` of z, y, x in compressed chunks. */
export async function makeSampleHdf5({ out, size }) {
  const [width, height, depth] = size;
  const { default: h5wasm } = await import("h5wasm/node");
  await h5wasm.ready;
  await mkdir(dirname(out), { recursive: true });
  const file = new h5wasm.File(out, "w");
  const data = new Uint8Array(width * height * depth);
  for (const [z, section] of sections(size)) data.set(section, z * width * height);
  const chunks = [16, 64, 64].map((side, i) => Math.min(side, [depth, height, width][i]));
  file.create_dataset({
    name: "img",
    data,
    shape: [depth, height, width],
    chunks,
    compression: "gzip",
    compression_opts: 4,
  });
  file.close();
}

/** Every section, or every n-th from k on, as a Buffer, with its number. */
function* sections([width, height, depth], [first, step] = [0, 1]) {
  const noise = noiseTable();
  for (let z = first; z < depth; z += step) yield [z, drawSection(width, height, z, noise)];
}

/** One section as width * height grey bytes. */
function drawSection(width, height, z, noise) {
  const columns = Math.ceil(width / CELL_PX) + 4;
  const rows = Math.ceil(height / CELL_PX) + 4;
  const seeds = seedsAt(columns, rows, z);
  const warp = warpAt(width, height, z);
  const owner = new Int32Array(width * height);
  const border = new Float32Array(width * height);
  const near = new Int32Array(columns * rows);
  for (let y = 0; y < height; y += BLOCK_PX)
    for (let x = 0; x < width; x += BLOCK_PX) {
      const count = seedsNear(x + BLOCK_PX / 2, y + BLOCK_PX / 2, { seeds, columns, rows, near });
      const box = [x, y, Math.min(width, x + BLOCK_PX), Math.min(height, y + BLOCK_PX)];
      findOwners(box, { seeds, near, count, warp, owner, border, width });
    }

  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const inside = Math.min(1, Math.max(0, (border[i] - 1.2) / 2.6));
    const cytoplasm = 150 + 45 * hash(owner[i], 1);
    grey[i] = 62 + (cytoplasm - 62) * inside * inside * (3 - 2 * inside);
  }
  const scene = { grey, owner, border, width, height, z, seeds };
  for (let id = 0; id < columns * rows; id++) {
    if (hash(id, 2) < 0.6) drawMitochondrion(id, scene);
    if (hash(id, 3) < 0.35) drawVesicles(id, scene);
  }
  return expose(scene, noise);
}

/** Seed positions in px, x and y in turn: a jittered grid whose points wander slowly and smoothly with z. */
function seedsAt(columns, rows, z) {
  const seeds = new Float32Array(columns * rows * 2);
  for (let id = 0; id < columns * rows; id++)
    for (let axis = 0; axis < 2; axis++) {
      const at = axis ? Math.floor(id / columns) : id % columns;
      const swing = Math.sin(z * (0.04 + 0.05 * hash(id, 4 + axis)) + 6.3 * hash(id, 6 + axis));
      seeds[2 * id + axis] = (at - 1.5 + 0.9 * (hash(id, 8 + axis) - 0.5) + 0.35 * swing) * CELL_PX;
    }
  return seeds;
}

/** A smooth displacement in px on a coarse grid, so that membranes are not straight. */
function warpAt(width, height, z) {
  const columns = Math.ceil(width / WARP_PX) + 2;
  const field = new Float32Array(columns * (Math.ceil(height / WARP_PX) + 2) * 2);
  for (let i = 0; i < field.length; i++)
    field[i] = WARP_BY_PX * Math.sin(z * (0.05 + 0.08 * hash(i, 11)) + 6.3 * hash(i, 12)) * (0.4 + hash(i, 13));
  return { columns, field };
}

/** Fills `near` with the seeds that can own a pixel of the block around (x, y), or be the runner-up; returns how many. */
function seedsNear(x, y, { seeds, columns, rows, near }) {
  const reach = 2.1 * CELL_PX;
  const [column, row] = [Math.round(x / CELL_PX + 1.5), Math.round(y / CELL_PX + 1.5)];
  let count = 0;
  for (let r = Math.max(0, row - 2); r <= Math.min(rows - 1, row + 2); r++)
    for (let c = Math.max(0, column - 2); c <= Math.min(columns - 1, column + 2); c++) {
      const id = r * columns + c;
      if (Math.hypot(seeds[2 * id] - x, seeds[2 * id + 1] - y) < reach) near[count++] = id;
    }
  return count;
}

/** For each pixel of the box: the nearest seed, and how many px away the border to the second nearest is. */
function findOwners([x0, y0, x1, y1], { seeds, near, count, warp, owner, border, width }) {
  const { columns, field } = warp;
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) {
      const [gx, gy] = [Math.floor(x / WARP_PX), Math.floor(y / WARP_PX)];
      const [fx, fy] = [x / WARP_PX - gx, y / WARP_PX - gy];
      const at = 2 * (gy * columns + gx);
      const below = at + 2 * columns;
      const [a, b, c, d] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const wx = x + a * field[at] + b * field[at + 2] + c * field[below] + d * field[below + 2];
      const wy = y + a * field[at + 1] + b * field[at + 3] + c * field[below + 1] + d * field[below + 3];
      let [first, second, firstD, secondD] = [0, 0, Infinity, Infinity];
      for (let i = 0; i < count; i++) {
        const id = near[i];
        const [dx, dy] = [seeds[2 * id] - wx, seeds[2 * id + 1] - wy];
        const distance = dx * dx + dy * dy;
        if (distance < firstD) {
          [second, secondD] = [first, firstD];
          [first, firstD] = [id, distance];
        } else if (distance < secondD) [second, secondD] = [id, distance];
      }
      const apart = Math.hypot(seeds[2 * first] - seeds[2 * second], seeds[2 * first + 1] - seeds[2 * second + 1]);
      owner[y * width + x] = first;
      border[y * width + x] = (secondD - firstD) / (2 * apart);
    }
}

/** A dark ellipsoid with cristae, beside its cell's seed. */
function drawMitochondrion(id, scene) {
  const half = 8 + 14 * hash(id, 20);
  const middle = scene.z - 80 * hash(id, 21) + 8;
  const flat = 1 - (middle / half) ** 2;
  if (flat <= 0) return;
  const turn = 3.1 * hash(id, 22);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [long, short] = [(15 + 9 * hash(id, 23)) * Math.sqrt(flat), (8 + 4 * hash(id, 24)) * Math.sqrt(flat)];
  stamp(id, Math.ceil(long), scene, (dx, dy, before) => {
    const [u, v] = [dx * cos + dy * sin, dy * cos - dx * sin];
    const r = Math.hypot(u / long, v / short);
    if (r > 1) return before;
    const cristae = Math.sin(u * 1.1 + v * 0.25 + id) > 0.35 ? -20 : 0;
    return r > 0.86 ? 70 : 108 + cristae;
  });
}

/** A handful of small rings that live for a few sections. */
function drawVesicles(id, scene) {
  for (let k = 0; k < 14; k++) {
    const distance = Math.abs(scene.z - Math.floor(64 * hash(id, 30 + k)));
    if (distance > 3) continue;
    const [x, y] = [40 * (hash(id, 50 + k) - 0.5), 40 * (hash(id, 70 + k) - 0.5)];
    const radius = 5.5 - distance * 0.6;
    stamp(id, 27, scene, (dx, dy, before) => {
      const r = Math.hypot(dx - x, dy - y);
      return r > radius ? before : r > radius - 1.8 ? 88 : before + 12;
    });
  }
}

/** Lets `shade(dx, dy, grey)` redraw the pixels of one cell around its seed, a little inside of its membrane. */
function stamp(id, reach, { grey, owner, border, width, height, seeds }, shade) {
  const [cx, cy] = [Math.round(seeds[2 * id]), Math.round(seeds[2 * id + 1])];
  for (let y = Math.max(0, cy - reach); y <= Math.min(height - 1, cy + reach); y++)
    for (let x = Math.max(0, cx - reach); x <= Math.min(width - 1, cx + reach); x++) {
      const i = y * width + x;
      if (owner[i] === id && border[i] > 4.5) grey[i] = shade(x - cx, y - cy, grey[i]);
    }
}

/** The camera: section brightness, a soft focus along rows, shot noise; clipped to bytes. */
function expose({ grey, width, height, z }, noise) {
  const bytes = new Uint8ClampedArray(width * height);
  const gain = 0.95 + 0.1 * hash(z, 90);
  for (let y = 0; y < height; y++) {
    const from = Math.floor(hash(y, 91 + z) * (noise.length - width));
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const blurred = (grey[x ? i - 1 : i] + 2 * grey[i] + grey[x + 1 < width ? i + 1 : i]) / 4;
      bytes[i] = blurred * gain + noise[from + x];
    }
  }
  return Buffer.from(bytes.buffer);
}

/** About a million values of mean 0 and deviation 11: sums of four uniform ones are near enough to a normal law. */
function noiseTable() {
  const table = new Float32Array(1 << 20);
  for (let i = 0; i < table.length; i++)
    table[i] = 19 * (hash(i, 100) + hash(i, 101) + hash(i, 102) + hash(i, 103) - 2);
  return table;
}

/** A number in [0, 1) that looks random and depends on two integers only. */
function hash(a, b) {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      size: { type: "string", default: "1024,1024,64" },
      tile: { type: "string", default: "512" },
      raw: { type: "boolean", default: false },
      part: { type: "string", default: "0/1" },
    },
  });
  const [out, ...more] = positionals;
  const size = values.size.split(",").map(Number);
  const tile = Number(values.tile);
  const part = values.part.split("/").map(Number);
  const whole = [...size, tile, part[1], part[0] + 1];
  if (!out || more.length || size.length !== 3 || !whole.every((n) => Number.isInteger(n) && n > 0)) {
    console.error(
      "usage: node scripts/make-sample.mjs OUT|OUT.tif|OUT.h5 [--size 1024,1024,64] [--tile 512 [--part 0/2] | --raw]",
    );
    process.exit(2);
  }
  if (values.raw) await makeSampleRaw({ out, size });
  else if (/\.tiff?$/.test(out)) await makeSampleTiff({ out, size });
  else if (out.endsWith(".h5")) await makeSampleHdf5({ out, size });
  else await makeSample({ out, size, tile, part });
}
