// Every source out of buckets (fake-gcs-server, moto) and from a plain web server: the same voxels as on disk, holes by their URLs.
import assert from "node:assert/strict";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import startSqlite from "sql.js";
import { glob } from "tinyglobby";
import { findSource } from "#src/cli/find-source.js";
import { isBoxSource, type AnyPlugin, type PluginContext } from "#src/tiles/contracts.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import { loadPlugin } from "#src/tiles/load-plugin.js";
import { isCirrusError } from "#src/core/errors.js";
import { openVolume } from "#src/volume/open-volume.js";
import { readBox } from "#src/volume/read-box.js";
import { stackVoxel } from "../fixtures/catmaid-stack.js";
import { openDestination } from "../fixtures/destination.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { laidOut, tiledStack, wholeSections } from "../fixtures/laid-out.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";
import { writeHdf5 } from "../fixtures/peer-workspace.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";
import { writeTiff } from "../fixtures/tiff-writer.js";
import { startWebServer, type WebServer } from "../fixtures/web-server.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

const [width, height] = tiledStack.size;
const sections = [3, 4, 5];
const valueAt = (x: number, y: number, z: number): number => stackVoxel({ x, y, z, channel: 0 });
const planeOf = (z: number) =>
  Uint8Array.from({ length: width * height }, (_, i) => valueAt(i % width, Math.floor(i / width), z));

/** One stack in all layouts, below one folder. */
async function makeData(): Promise<string> {
  const folder = await temporaryFolder();
  const layouts: readonly (readonly [string, Promise<string>])[] = [
    ["catmaid", laidOut(tiledStack, (z, row, column) => `${z}/${row}_${column}_0.png`)],
    ["five", laidOut(tiledStack, (z, row, column) => `0/${z}/${row}/${column}.png`)],
    ["z", laidOut(tiledStack, (z, row, column) => `s${z}/x${column}_y${row}.png`)],
    ["images", laidOut(wholeSections, (z) => `im${z + 6}.png`)],
  ];
  for (const [name, made] of layouts) await rename(join(await made, "stack"), join(folder, name));
  await writeFile(
    join(folder, "images/t.csv"),
    sections.map((z) => `${z},im${z + 6}.png\n`).reduce((a, b) => a + b, "z,location\n"),
  );
  const { Database } = await startSqlite();
  const database = new Database();
  database.run("create table t (z, location)");
  for (const z of sections) database.run("insert into t values (?, ?)", [z, `im${z + 6}.png`]);
  await writeFile(join(folder, "images/t.db"), database.export());
  const pages = sections.map((z) => ({ width, height, samples: planeOf(z), compression: "lzw" as const }));
  await writeFile(join(folder, "pages.tif"), writeTiff(pages));
  const data = Uint8Array.from(sections.flatMap((z) => [...planeOf(z)]));
  await writeHdf5(join(folder, "one.h5"), { dataset: "img", shape: [3, height, width], data });
  await mkdir(join(folder, "h5"));
  await mkdir(join(folder, "boxes"));
  for (const z of sections) {
    const data = planeOf(z);
    await writeHdf5(join(folder, `h5/s${z}.h5`), { dataset: "img", shape: [height, width], data });
    const name = `b_0-${width}_0-${height}_${z}-${z + 1}.h5`;
    await writeHdf5(join(folder, "boxes", name), { dataset: "img", shape: [1, height, width], data });
  }
  return folder;
}

interface Case {
  readonly name: string;
  readonly plugin: string;
  /** @param at - where the data are */
  readonly params: (at: string) => object;
  /** Section of the source that is section 3 of the stack. */
  readonly firstZ: number;
  /** A web server cannot list what this needs. */
  readonly needsList?: boolean;
}
const tileSize = [20, 16];
const cases: readonly Case[] = [
  {
    name: "catmaid 1",
    plugin: "catmaid",
    params: (at) => ({ root: `${at}/catmaid`, extension: "png", tileSize }),
    firstZ: 3,
  },
  {
    name: "catmaid 5",
    plugin: "catmaid",
    params: (at) => ({ root: `${at}/five`, extension: "png", tileSize, type: 5 }),
    firstZ: 3,
  },
  {
    name: "z-stack",
    plugin: "z-stack",
    params: (at) => ({ root: `${at}/z`, pattern: "s<>/x<x>_y<y>.png", tileSize }),
    firstZ: 3,
  },
  {
    name: "image-files, listed",
    plugin: "image-files",
    params: (at) => ({ files: [9, 10, 11].map((i) => `${at}/images/im${i}.png`) }),
    firstZ: 0,
  },
  {
    name: "image-files, a glob",
    plugin: "image-files",
    params: (at) => ({ files: `${at}/images/*.png` }),
    firstZ: 0,
    needsList: true,
  },
  { name: "index-file, CSV", plugin: "index-file", params: (at) => ({ index: `${at}/images/t.csv` }), firstZ: 3 },
  { name: "index-file, SQLite", plugin: "index-file", params: (at) => ({ index: `${at}/images/t.db` }), firstZ: 3 },
  { name: "multipage-tiff", plugin: "multipage-tiff", params: (at) => ({ files: `${at}/pages.tif` }), firstZ: 0 },
  { name: "hdf5, one file", plugin: "hdf5", params: (at) => ({ file: `${at}/one.h5`, dataset: "img" }), firstZ: 0 },
  {
    name: "hdf5, one per section",
    plugin: "hdf5",
    params: (at) => ({ layout: "sections", root: `${at}/h5`, pattern: "s<>.h5", dataset: "img", axes: "yx" }),
    firstZ: 3,
  },
  {
    name: "hdf5, one per box",
    plugin: "hdf5",
    params: (at) => ({
      layout: "chunks",
      root: `${at}/boxes`,
      dataset: "img",
      chunks: { prefix: "b", extension: "h5", size: [width, height, 1] },
    }),
    firstZ: 3,
  },
];

/** The voxel 21, 17 of the middle section. */
async function voxelOf(plugin: AnyPlugin, params: unknown, context: PluginContext & { z: number }): Promise<number> {
  const open = await plugin.open(params, context);
  try {
    const at = { x: 21, y: 17, z: context.z };
    if (isBoxSource(open)) {
      const box = { min: [at.x, at.y, at.z], max: [at.x + 1, at.y + 1, at.z + 1] } as const;
      for await (const piece of open.readBox(box, 0)) {
        if (!("data" in piece)) throw piece.error;
        return Number(piece.data[0]);
      }
      throw new Error("no piece");
    }
    // Of a tiled stack it is in the tile 1, 1.
    const tiled = open.pathProcessor({ column: 1, row: 1, z: at.z });
    const isTile = tiled !== undefined && !tiled.url.includes("of the table");
    const location = isTile ? tiled : open.pathProcessor({ column: 0, row: 0, z: at.z })!;
    const tile = await open.tileProcessor.decode(location, openByteSource(location.url, context.stores));
    const [x, y] = isTile ? [at.x - 20, at.y - 16] : [at.x, at.y];
    return Number(tile.data[(y - tile.covers.y0) * (tile.covers.x1 - tile.covers.x0) + x - tile.covers.x0]);
  } finally {
    await open.close?.();
  }
}

let gcs: FakeGcs;
let moto: Moto;
let web: WebServer;
let ws: Workspace;
const data = await makeData();
before(async () => {
  [gcs, moto] = await Promise.all([startFakeGcs(), startMoto()]);
  await Promise.all([gcs.createBucket("stacks"), moto.createBucket("stacks")]);
  Object.assign(process.env, awsEnv(moto.endpoint));
  web = await startWebServer(data);
  ws = await workspace({ ...awsEnv(moto.endpoint), CIRRUS_GCS_ENDPOINT: gcs.endpoint });
  for (const url of ["gs://stacks/in", "s3://stacks/in"]) {
    const store = await openDestination(url, { endpoint: gcs.endpoint });
    for (const path of await glob("**", { cwd: data, absolute: true }))
      await store.put(relative(data, path), await readFile(path));
    await store.close();
  }
});
after(async () => {
  await ws.dispose();
  await Promise.all([web.stop(), gcs.stop(), moto.stop()]);
});

for (const scheme of ["gs", "s3", "http"] as const)
  describe(`sources in ${scheme}://`, () => {
    const at = (): string => (scheme === "http" ? web.url : `${scheme}://stacks/in`);
    const context = () => ({ baseFolder: "/", stores: { endpoint: gcs.endpoint } });
    const isListed = scheme !== "http";

    for (const { name, plugin: pluginName, params: paramsAt, firstZ, needsList } of cases) {
      if (needsList && !isListed) {
        it(`are refused where they need a list: ${name}`, async () => {
          const plugin = await loadPlugin(pluginName, "/");
          await assert.rejects(plugin.probe(plugin.params.parse(paramsAt(at())), context()), (error) => {
            assert.ok(isCirrusError(error, "E_CONFIG_INVALID"), String(error));
            assert.match(`${error.message} ${error.hint}`, /cannot be listed/);
            return true;
          });
        });
        continue;
      }
      it(`are read as on disk: ${name}`, async () => {
        const plugin = await loadPlugin(pluginName, "/");
        const params = plugin.params.parse(paramsAt(at()));
        const z = [firstZ, firstZ + 3] as const;
        const extent = { x: [0, width], y: [0, height], z } as const;
        const probe = await plugin.probe(params, { ...context(), ...(isListed ? {} : { extent }) });
        assert.deepEqual([probe.extent, probe.missing, probe.odd], [extent, [], []]);
        assert.deepEqual([probe.dataType, probe.sizeBytes > 0 || !isListed], ["uint8", true]);
        assert.equal(await voxelOf(plugin, params, { ...context(), extent, z: firstZ + 1 }), valueAt(21, 17, 4));
      });
    }

    if (!isListed) return;

    it("name what is not there by its URL", async () => {
      const store = await openDestination(at(), { endpoint: gcs.endpoint });
      await store.delete("catmaid/4/1_2_0.png");
      await store.close();
      const plugin = await loadPlugin("catmaid", "/");
      const params = (root: string) => plugin.params.parse({ root, extension: "png", tileSize });
      const { missing } = await plugin.probe(params(`${at()}/catmaid`), context());
      assert.deepEqual(
        missing.map(({ location }) => location.url),
        [`${at()}/catmaid/4/1_2_0.png`],
      );
      await assert.rejects(plugin.probe(params(`${at()}/none`), context()), (error) =>
        isCirrusError(error, "E_SOURCE_NOT_FOUND"),
      );
    });

    it("are found by init, and the config that it writes runs into a bucket", async () => {
      const job = ws.at(`${scheme}.json`);
      const volume = `${scheme}://stacks/${scheme}-volume`;
      await ws.expect(0, ["init", `${at()}/five/`, "--out", job, "--resolution-nm", "4,4,40", "--destination", volume]);
      const config = JSON.parse(await readFile(job, "utf8")) as { source: { params: object }; provenance: object };
      assert.deepEqual(config.source.params, { root: `${at()}/five`, extension: "png", tileSize, type: 5, zoom: 0 });
      const provenance = { ...config.provenance, motivation: "a test", process: { description: "ingest" } };
      await writeFile(job, JSON.stringify({ ...config, provenance }));
      await ws.expect(0, ["ingest", job, "-p", "1"]);
      const opened = await openVolume(volume, { endpoint: gcs.endpoint });
      assert.equal((await readBox(opened, { min: [21, 17, 4], max: [22, 18, 5] })).data[0], valueAt(21, 17, 4));
      await opened.close();
      for (const [name, plugin] of [
        ["images", "image-files"],
        ["pages.tif", "multipage-tiff"],
        ["one.h5", "hdf5"],
      ] as const) {
        const { stores } = context();
        const question = { paths: [`${at()}/${name}`], cwd: "/", pluginName: undefined, stores };
        assert.equal((await findSource(question)).pluginName, plugin);
      }
    });
  });
