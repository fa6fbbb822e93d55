// The table of docs/sources.md, a test for each of its cells: files that Pillow, tifffile, h5py, CloudVolume and TensorStore wrote.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { BoundingBox } from "#src/core/bounding-box.js";
import { bytesPerVoxel, dataTypes, type DataType } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { loadPlugin } from "#src/tiles/load-plugin.js";
import { python } from "../fixtures/python-readers.js";
import { readSource } from "../fixtures/read-source.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

const root = new URL("../../../", import.meta.url);
const folder = await temporaryFolder();
execFileSync(python(), [fileURLToPath(new URL("test/interop/source_table.py", root)), folder], { stdio: "inherit" });

const size = [45, 37, 3] as const;
const tileSize = [20, 16];

/** What the plan or a task says of a stack that lost a file, or whose file was cut in the middle. */
type Finding =
  /** The probe lists the tile, and reading it fails by name. */
  | "planned"
  /** The probe refuses the stack, naming the file. */
  | "refused"
  /** Reading fails by name. */
  | "per task"
  /** Zeros, since the format says so. */
  | "fill value";

interface Row {
  readonly source: string;
  readonly container: string;
  readonly types: readonly DataType[];
  /** @param name - of the files: the type, or "full" for tiles that are full at the edges */
  readonly params: (name: string) => object;
  /** What was written; default the type's. */
  readonly values?: string;
  /** Tiles whose edge ones are larger than the stack. */
  readonly full?: { readonly params: object; readonly values: string };
  /** Of section 1: the file that is lost or cut. */
  readonly file: (name: string) => string;
  readonly missing: Finding;
  readonly damaged: Finding;
  /** Bytes that are left of a damaged file; default half. */
  readonly keeps?: number;
}

const some: readonly DataType[] = ["uint8", "uint16"];
const images: readonly (readonly [container: string, extension: string, types: readonly DataType[]])[] = [
  ["PNG", "png", some],
  ["JPEG", "jpg", ["uint8"]],
  ["TIFF", "tif", dataTypes],
];

/** Writes the table of an index file for tiles of a folder. */
async function table(name: string, extension: string): Promise<void> {
  const lines = [0, 1, 2].flatMap((z) =>
    [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => `${column},${row},${z},${z}/${row}_${column}_0.${extension}`)),
  );
  await writeFile(join(folder, name, "t.csv"), `column,row,z,location\n${lines.join("\n")}\n`);
}

const rows: Row[] = images.flatMap(([container, extension, types]): Row[] => {
  const jpeg = (form: string) => (extension === "jpg" ? { values: `jpeg-${form}` } : {});
  const fullOf = (params: object) => ({ params, values: extension === "jpg" ? "jpeg-full" : "uint8" });
  const file = (name: string): string => `${extension}-${name}/1/1_1_0.${extension}`;
  const tiled = { container, types, file, missing: "planned", damaged: "per task", ...jpeg("tiles") } as const;
  const catmaid = (name: string): object => ({ root: name, extension, tileSize });
  const pattern = (name: string): object => ({ root: name, pattern: `<z>/<y>_<x>_0.${extension}`, tileSize });
  const listed = (name: string): object => ({ index: `${name}/t.csv`, tileSize });
  return [
    ...(
      [
        ["catmaid", catmaid],
        ["z-stack", pattern],
        ["index-file", listed],
      ] as const
    ).map(([source, params]): Row => ({
      ...tiled,
      source,
      params: (name) => params(`${extension}-${name}`),
      full: fullOf(params(`full-${extension}`)),
    })),
    {
      source: "image-files",
      container,
      types,
      params: (name) => ({ files: [9, 10, 11].map((i) => `whole-${extension}-${name}/s${i}.${extension}`) }),
      ...jpeg("whole"),
      file: (name) => `whole-${extension}-${name}/s10.${extension}`,
      missing: "planned",
      damaged: "per task",
    },
  ];
});
const pages = (container: string, stem: string, types: readonly DataType[]): Row => ({
  source: "multipage-tiff",
  container,
  types,
  params: (name) => ({ files: [`${stem}-${name}.tif`] }),
  file: (name) => `${stem}-${name}.tif`,
  missing: "refused",
  damaged: "refused",
  keeps: 100,
});
const hdf5 = (
  container: string,
  params: Row["params"],
  { file, missing, damaged }: Pick<Row, "file" | "missing" | "damaged">,
): Row => ({
  source: "hdf5",
  container,
  types: dataTypes,
  params,
  file,
  missing,
  damaged,
});
const volume = (container: string, name: (type: string) => string, object: string, missing: Finding): Row => ({
  source: "volume",
  container,
  types: dataTypes,
  params: (type) => ({ path: name(type) }),
  file: (type) => `${name(type)}/${object}`,
  missing,
  damaged: "per task",
});
const placement = { offsetDataset: "offset", extentDataset: "extent", origin: [0, 0] };
const ofSections = (name: string) => ({ root: `sections-${name}`, pattern: "s<>.h5", dataset: "img", axes: "yx" });
const section = (name: string): string => `sections-${name}/s1.h5`;
rows.push(
  pages("pages", "pages", dataTypes),
  pages("BigTIFF, big-endian", "bigtiff", dataTypes),
  pages("ImageJ", "imagej", ["uint8", "uint16", "float32"]),
  pages(
    "OME",
    "ome",
    dataTypes.filter((type) => type !== "uint64"),
  ),
  hdf5("one file", (name) => ({ file: `one-${name}.h5`, dataset: "img" }), {
    file: (name) => `one-${name}.h5`,
    missing: "refused",
    damaged: "refused",
  }),
  hdf5("one per section", (name) => ({ ...ofSections(name), layout: "sections" }), {
    file: section,
    missing: "planned",
    damaged: "planned",
  }),
  hdf5("one per section, with its offset", (name) => ({ ...ofSections(name), layout: "slices", placement }), {
    file: section,
    missing: "planned",
    damaged: "refused",
  }),
  hdf5(
    "one per box",
    (name) => ({
      layout: "chunks",
      root: `boxes-${name}`,
      dataset: "img",
      chunks: { prefix: "b", extension: "h5", size: [15, 37, 3] },
    }),
    { file: (name) => `boxes-${name}/b_15-30_0-37_0-3.h5`, missing: "planned", damaged: "planned" },
  ),
  volume("precomputed", (type) => `plain-${type}`, "4_4_40/16-32_16-32_0-2.gz", "per task"),
  volume("precomputed, sharded", (type) => `sharded-${type}`, "4_4_40/1.shard", "per task"),
  volume("Zarr 2", (type) => `v2-${type}.zarr`, "0.1.1", "fill value"),
  volume("Zarr 3", (type) => `v3-${type}.zarr`, "c/0/1/1", "fill value"),
);

const program = `
const { createInterface } = require("node:readline");
const { openSync, readSync } = require("node:fs");
const [file, width] = [openSync(process.argv[2]), Number(process.argv[3])];
createInterface({ input: process.stdin }).on("line", (line) => {
  const { column, row, z, width: w, height: h } = JSON.parse(line);
  if (process.argv[4]) return void process.stdout.write(process.argv[4] + "\\n");
  process.stdout.write(JSON.stringify({ bytes: w * h * width }) + "\\n");
  for (let y = 0; y < h; y++) {
    const bytes = Buffer.alloc(w * width);
    readSync(file, bytes, 0, bytes.length, ((z * 37 + row * 16 + y) * 45 + column * 20) * width);
    process.stdout.write(bytes);
  }
});`;
const commandParams = (type: DataType, answer?: string) => ({
  command: [process.execPath, "program.cjs", `${type}.raw`, String(bytesPerVoxel(type)), ...(answer ? [answer] : [])],
  extent: { x: [0, 45], y: [0, 37], z: [0, 3] },
  tileSize: [20, 16],
  dataType: type,
});
rows.push({
  source: "command",
  container: "raw bytes",
  types: dataTypes,
  params: (name) => commandParams(name.replace(/-.*/, "") as DataType), // "uint16" or "uint16-lost"
  file: () => "",
  missing: "per task",
  damaged: "per task",
});

await writeFile(join(folder, "program.cjs"), program);
for (const [, extension, types] of images)
  for (const name of [...types.map((type) => `${extension}-${type}`), `full-${extension}`])
    await table(name, extension);

const wholeBox: BoundingBox = { min: [0, 0, 0], max: [...size] };
/** Begins and ends inside of tiles, chunks and pages. */
const partBox: BoundingBox = { min: [3, 5, 1], max: [41, 35, 2] };
/** In the last column and row of tiles and chunks. */
const edgeBox: BoundingBox = { min: [40, 32, 0], max: [45, 37, 3] };

async function read(row: Pick<Row, "source">, params: object, box: BoundingBox): Promise<Buffer> {
  const plugin = await loadPlugin(row.source, folder);
  const parsed = plugin.params.parse(params);
  const probe = await plugin.probe(parsed, { baseFolder: folder });
  const open = await plugin.open(parsed, { baseFolder: folder });
  try {
    return await readSource(open, box, probe);
  } finally {
    await open.close?.();
  }
}

/** Of a `.raw` file. */
async function expected(name: string, type: DataType, { min, max }: BoundingBox): Promise<Buffer> {
  const width = bytesPerVoxel(type);
  const all = await readFile(join(folder, `${name}.raw`));
  const lines: Buffer[] = [];
  for (let z = min[2]; z < max[2]; z++)
    for (let y = min[1]; y < max[1]; y++) {
      const start = (z * size[1] + y) * size[0];
      lines.push(all.subarray((start + min[0]) * width, (start + max[0]) * width));
    }
  return Buffer.concat(lines);
}

const middle = (row: Row): DataType => (row.types.includes("uint16") ? "uint16" : "uint8");
const valuesOf = (row: Row, type: DataType): string => row.values ?? type;

/** A copy of a row's files of one type under another name, to be spoiled. */
async function copied(row: Row, name: string): Promise<string> {
  const type = middle(row);
  const first = (of: string): string => row.file(of).split("/")[0]!;
  await cp(join(folder, first(type)), join(folder, first(name)), { recursive: true });
  return join(folder, row.file(name));
}

async function assertFound(
  row: Row,
  name: string,
  { finding, code }: { readonly finding: Finding; readonly code: string },
): Promise<void> {
  const params = row.params(name);
  const path = row.file(name);
  const plugin = await loadPlugin(row.source, folder);
  const probing = plugin.probe(plugin.params.parse(params), { baseFolder: folder });
  const isNamed = (wanted: string) => (error: unknown) => {
    assert.ok(isCirrusError(error), String(error));
    const { message } = error;
    assert.ok(message.includes(basename(path).replace(/\.gz$/, "")) || message.includes(path.split("/")[0]!), message);
    if (wanted) assert.equal(error.code, wanted, message);
    return true;
  };
  if (finding === "refused") return assert.rejects(probing, isNamed(""));
  const { missing, odd } = await probing;
  if (finding === "fill value") {
    const chunk = await read(row, params, { min: [16, 16, 0], max: [32, 32, 2] });
    assert.ok(chunk.every((byte) => byte === 0));
    return;
  }
  const listed = [...missing, ...odd].map(({ location }) => location.url);
  assert.deepEqual(listed, finding === "planned" ? [join(folder, path)] : []);
  await assert.rejects(read(row, params, wholeBox), isNamed(code));
}

describe("a cell of the table in docs/sources.md", () => {
  for (const row of rows) {
    const named = (column: string): string => `${row.source}, ${row.container}: ${column}`;
    for (const type of row.types)
      it(named(type), async () => {
        const voxels = await read(row, row.params(type), wholeBox);
        assert.ok(voxels.equals(await expected(valuesOf(row, type), type, wholeBox)));
      });
    const type = middle(row);
    it(named("edge"), async () => {
      const voxels = await read(row, row.params(type), edgeBox);
      assert.ok(voxels.equals(await expected(valuesOf(row, type), type, edgeBox)), "cut tiles and chunks");
      if (!row.full) return;
      const beyond = await read(row, row.full.params, edgeBox);
      assert.ok(beyond.equals(await expected(row.full.values, "uint8", edgeBox)), "full tiles");
    });
    it(named("part"), async () => {
      const voxels = await read(row, row.params(type), partBox);
      assert.ok(voxels.equals(await expected(valuesOf(row, type), type, partBox)));
    });
    for (const [column, code] of [
      ["missing", "E_TILE_MISSING"],
      ["damaged", "E_TILE_CORRUPT"],
    ] as const)
      it(named(column), async () => {
        if (row.source === "command") {
          const params = commandParams(type, column === "missing" ? '{"missing":true}' : '{"error":"burnt"}');
          return assert.rejects(read(row, params, wholeBox), (error) => isCirrusError(error, code));
        }
        const path = await copied(row, `${type}-${column}`);
        if (column === "missing") await rm(path);
        else await truncate(path, row.keeps ?? Math.floor((await readFile(path)).length / 2));
        await assertFound(row, `${type}-${column}`, { finding: row[column], code });
      });
  }

  it("is each of these, and there is no other", async () => {
    const text = await readFile(new URL("docs/sources.md", root), "utf8");
    const lines = text.split("\n").filter((line) => line.startsWith("| `") && line.split("|").length === 16);
    const header = text.split("\n").find((line) => /^\| source +\| container/.test(line))!;
    const cells = (line: string): string[] =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
    assert.deepEqual(cells(header), ["source", "container", ...dataTypes, "edge", "part", "missing", "damaged"]);
    const written = rows.map((row) => [
      `\`${row.source}\``,
      row.container,
      ...dataTypes.map((type) => (row.types.includes(type) ? "equal" : "–")),
      row.full ? "cut, full" : "cut",
      "equal",
      row.missing,
      row.damaged,
    ]);
    assert.deepEqual(lines.map(cells), written);
  });
});
