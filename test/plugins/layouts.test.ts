// The other layouts of image tiles: CATMAID 4 and 5, z stacks by pattern, folders of images, tables. One stack, laid out anew.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import { namePattern } from "#src/tiles/stack/name-pattern.js";
import catmaid from "#plugins/catmaid/index.js";
import imageFiles from "#plugins/image-files/index.js";
import indexFile from "#plugins/index-file/index.js";
import zStack from "#plugins/z-stack/index.js";
import { testTileSource, type TileSourceExample } from "../contracts/tile-source-contract.js";
import { stackVoxel, type StackSpec } from "../fixtures/catmaid-stack.js";
import { laidOut, tiledStack, wholeSections } from "../fixtures/laid-out.js";

const tiled = tiledStack;
const whole = wholeSections;

const example = (
  baseFolder: string,
  spec: StackSpec,
  source: Pick<TileSourceExample, "plugin" | "params" | "absentParams">,
  firstZ = 3,
): TileSourceExample => ({
  ...source,
  baseFolder,
  extent: { x: [0, 45], y: [0, 37], z: [firstZ, firstZ + 3] },
  tileSizePx: spec.tile,
  dataType: spec.isDeep ? "uint16" : "uint8",
  channels: 1,
  voxel: (at) => stackVoxel({ ...at, z: at.z - firstZ + 3 }, spec.isDeep),
});

const catmaidParams = { extension: "png", tileSize: [20, 16], zoom: 2 };
for (const [name, params, to] of [
  ["catmaid type 4", { type: 4 }, (z: number, r: number, c: number) => `${z}/2/${r}_${c}.png`],
  [
    "catmaid type 4 in the Boss ingest client's order",
    { type: 4, order: "zoom-first" },
    (z: number, r: number, c: number) => `2/${z}/${r}_${c}.png`,
  ],
  ["catmaid type 5", { type: 5 }, (z: number, r: number, c: number) => `2/${z}/${r}/${c}.png`],
] as const)
  testTileSource(name, async () => {
    const folder = await laidOut(tiled, to);
    const all = { ...catmaidParams, ...params };
    return example(folder, tiled, {
      plugin: catmaid,
      params: { root: "stack", ...all },
      absentParams: { root: "no", ...all },
    });
  });

testTileSource("z-stack of whole sections, 16 bit", async () => {
  const deep = { ...whole, isDeep: true };
  const folder = await laidOut(deep, (z) => `${z + 200}_s${String(z).padStart(4, "0")}.png`);
  const pattern = "<o:200>_s<p:4>.png";
  return example(folder, deep, {
    plugin: zStack,
    params: { root: "stack", pattern },
    absentParams: { root: "no", pattern },
  });
});

testTileSource("z-stack cut into tiles", async () => {
  const folder = await laidOut(tiled, (z, row, column) => `s${z}/x${column}_y${row}.png`);
  const params = { pattern: "s<z>/x<x>_y<y>.png", tileSize: [20, 16] };
  return example(folder, tiled, {
    plugin: zStack,
    params: { root: "stack", ...params },
    absentParams: { root: "no", ...params },
  });
});

testTileSource("image-files of a glob", async () => {
  const folder = await laidOut(whole, (z) => `im${z + 6}.png`); // 9, 10, 11: letters would put 10 first
  return example(
    folder,
    whole,
    { plugin: imageFiles, params: { files: "stack/*.png" }, absentParams: { files: "no/*.png" } },
    0,
  );
});

testTileSource("index-file in CSV", async () => {
  const folder = await laidOut(tiled, (z, row, column) => `any "where"/${z * 100 + row * 10 + column}.png`);
  const lines = ["location,Z,row,column"];
  for (const z of tiled.sections)
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++)
        lines.push(`"any ""where""/${z * 100 + row * 10 + column}.png",${z},${row},${column}`);
  await writeFile(join(folder, "stack/tiles.csv"), `${lines.join("\r\n")}\r\n`);
  const params = { index: "stack/tiles.csv", tileSize: [20, 16] };
  return example(folder, tiled, { plugin: indexFile, params, absentParams: { ...params, index: "no.csv" } });
});

describe("patterns of names", () => {
  const at = { z: 1, x: 2, y: 3 };
  for (const [pattern, name] of [
    ["my_base_<>", "my_base_1"],
    ["<o:200>_my_base_<p:4>", "201_my_base_0001"],
    ["b<o:200p:4>", "b0201"],
    ["b<o:200 p:4>", "b0201"],
    ["x<x>_y<y>_z<z>", "x2_y3_z1"],
    ["<o:1000>_my_data_slice<o:1p:3>", "1001_my_data_slice002"],
    // Beyond the Boss ingest client: it leaves this one as it is, which names one file for all sections.
    ["b<p:4o:200>", "b0201"],
    ["<zs:10o:-3p:4>", "0007"],
    ["<z>/<xp:3>", "1/002"],
  ] as const)
    it(`make ${pattern} ${name}, and know it again`, () => {
      assert.equal(namePattern(pattern).name(at), name);
      const { hasTiles, parse } = namePattern(pattern);
      assert.equal(parse(name)?.z, 1);
      assert.equal(hasTiles, /<[xy]/.test(pattern));
    });

  it("know no name that they would not make", () => {
    assert.equal(namePattern("<o:200>_my_base_<p:4>").parse("201_my_base_0002"), undefined);
    assert.equal(namePattern("s<p:3>").parse("s1"), undefined);
    assert.equal(namePattern("s<o:200>").parse("s12"), undefined);
    assert.equal(namePattern("s.<>").parse("sx1"), undefined);
  });

  it("must say where the section's number is", () => {
    assert.throws(
      () => namePattern("slice"),
      (error) => isCirrusError(error, "E_CONFIG_INVALID"),
    );
    assert.throws(
      () => namePattern("x<x>"),
      (error) => isCirrusError(error, "E_CONFIG_INVALID"),
    );
  });
});

describe("recognising layouts", () => {
  it("tells types 4 and 5 by their folders", async () => {
    const four = await laidOut({ ...tiled, sections: [3, 4] }, (z, r, c) => `${z}/0/${r}_${c}.png`);
    assert.deepEqual(await catmaid.recognise?.([join(four, "stack")]), {
      root: join(four, "stack"),
      extension: "png",
      tileSize: [20, 16],
      type: 4,
      zoom: 0,
    });
    const boss = await laidOut(tiled, (z, r, c) => `0/${z}/${r}_${c}.png`);
    assert.equal((await catmaid.recognise?.([join(boss, "stack")]))?.["order"], "zoom-first");
    const five = await laidOut(tiled, (z, r, c) => `0/${z}/${r}/${c}.png`);
    assert.equal((await catmaid.recognise?.([join(five, "stack")]))?.["type"], 5);
  });

  it("takes a folder of images for one image per section", async () => {
    const folder = await laidOut(whole, (z) => `im${z}.png`);
    assert.deepEqual(await imageFiles.recognise?.([join(folder, "stack")]), { files: join(folder, "stack/*.png") });
  });
});

describe("image-files", () => {
  it("lists files of a list that are not there, the first and the last too", async () => {
    const baseFolder = await laidOut(whole, (z) => `im${z}.png`);
    await rm(join(baseFolder, "stack/im5.png"));
    const files = [2, 3, 4, 5].map((z) => `stack/im${z}.png`);
    const probe = await imageFiles.probe(imageFiles.params.parse({ files }), { baseFolder });
    assert.deepEqual(probe.extent.z, [0, 4]);
    assert.deepEqual(
      probe.missing.map(({ location }) => location.url),
      [join(baseFolder, "stack/im2.png"), join(baseFolder, "stack/im5.png")],
    );
    const none = imageFiles.params.parse({ files: ["a.png", "b.png"] });
    await assert.rejects(imageFiles.probe(none, { baseFolder }), (error) => isCirrusError(error, "E_SOURCE_NOT_FOUND"));
  });

  it("tells gaps in the numbers of the names, and every file of another size", async () => {
    const baseFolder = await laidOut({ ...whole, sections: [3, 4, 6] }, (z) => `im${z}.png`);
    await cp(
      join(await laidOut(tiled, (z, r, c) => `${z}_${r}_${c}.png`), "stack/3_0_0.png"),
      join(baseFolder, "stack/im4.png"),
    );
    const probe = await imageFiles.probe(imageFiles.params.parse({ files: "stack/*.png" }), { baseFolder });
    assert.match(probe.warnings.join(), /the numbers 5 are missing between the files' names/);
    assert.deepEqual(
      probe.odd.map(({ problem }) => problem),
      ["20 x 16 pixels instead of 45 x 37"],
    );
  });
});

const folder = await laidOut(tiled, (z, r, c) => `0/${z}/${r}/${c}.png`);

describe("tiles behind a URL", () => {
  let server: Server;
  let base = "";
  const asked = new Map<string, number>();
  before(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? "";
      const times = (asked.get(url) ?? 0) + 1;
      asked.set(url, times);
      if (url.endsWith("/4/1/1.png") && times < 3) return void response.writeHead(503).end("busy");
      readFile(join(folder, "stack", url)).then(
        (bytes) => response.writeHead(200).end(bytes),
        () => response.writeHead(url.includes("/5/") ? 403 : 404).end("<html>no</html>"),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    base = `http://127.0.0.1:${address.port}/0/`;
  });
  after(() => server.close());

  const params = () => catmaid.params.parse({ root: base, type: 5, zoom: null, extension: "png", tileSize: [20, 16] });

  it("are read whole, and again after a 503", async () => {
    const { pathProcessor, tileProcessor } = await catmaid.open(params(), { baseFolder: "/" });
    const location = pathProcessor({ column: 1, row: 1, z: 4 })!;
    assert.equal(location.url, `${base}4/1/1.png`);
    const tile = await tileProcessor.decode(location, openByteSource(location.url));
    assert.equal(tile.data[0], stackVoxel({ x: 20, y: 16, z: 4, channel: 0 }));
    assert.equal(asked.get("/0/4/1/1.png"), 3);
  });

  it("are missing for 404, and for 403 as buckets answer", async () => {
    for (const z of [4, 5]) {
      await rm(join(folder, `stack/0/${z}/2/2.png`));
      assert.equal(await openByteSource(`${base}${z}/2/2.png`).sizeBytes(), undefined);
    }
  });

  it("take their extent from the config, since they cannot be listed", async () => {
    await assert.rejects(catmaid.probe(params(), { baseFolder: "/" }), (error) =>
      isCirrusError(error, "E_CONFIG_INVALID"),
    );
    const extent = { x: [0, 45], y: [0, 37], z: [3, 6] } as const;
    const probe = await catmaid.probe(params(), { baseFolder: "/", extent });
    assert.deepEqual([probe.extent, probe.files], [extent, 27]);
  });

  it("are temporary trouble when the server is gone", { timeout: 300_000 }, async () => {
    await assert.rejects(openByteSource("http://127.0.0.1:9/0.png").bytes(), (error) =>
      isCirrusError(error, "E_SOURCE_TEMPORARY"),
    );
  });
});
