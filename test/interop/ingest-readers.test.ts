// Volumes of odd sizes made by the command line, read by CloudVolume and TensorStore: every mip against numpy.
import { mkdir } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { assertReadAlike, makeStacks } from "../fixtures/python-stacks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

async function ingest(name: string, source: object, destination: object, ...flags: string[]): Promise<string> {
  const config = await ws.config(name, { source, destination: { path: `./${name}`, ...destination } });
  await ws.expect(0, ["ingest", config, "-p", "2", "--no-fsync", ...flags]);
  await ws.expect(0, ["verify", ws.at(name)]);
  return ws.at(name);
}

describe("a volume made by cirrus ingest", () => {
  it("of an odd CATMAID stack is what both readers and numpy say, also at an odd place", async () => {
    const file = ws.at("grey.npy");
    makeStacks([
      {
        kind: "catmaid",
        file,
        root: ws.at("tiles"),
        tile: [170, 150],
        dataType: "uint8",
        size: [401, 333, 71],
        firstSection: 5,
      },
    ]);
    const source = { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: [170, 150] } };
    const rest = { resolutionNm: [4, 4, 40], voxelOffset: [0, 0, 0] };
    const plain = await ingest("grey", source, rest);
    const moved = await ingest("moved", source, { ...rest, voxelOffset: [-37, 1001, 7], chunkSize: [64, 48, 20] });
    assertReadAlike([
      { path: plain, file, offset: [0, 0, 5] },
      { path: moved, file, offset: [-37, 1001, 12] },
    ]);
  });

  it("of 16-bit TIFFs by tifffile is what both readers and numpy say", async () => {
    const file = ws.at("deep.npy");
    await mkdir(ws.at("deep"));
    const stack = { kind: "tiff", file, dataType: "uint16", size: [301, 263, 41] } as const;
    makeStacks([
      { ...stack, files: [ws.at("deep.tif")], options: { compression: "zlib", predictor: true } },
      {
        ...stack,
        files: [ws.at("deep/part_2.tif"), ws.at("deep/part_10.tif")],
        options: { compression: "lzw", byteorder: ">", bigtiff: true, tile: [128, 128] },
      },
    ]);
    const rest = { resolutionNm: [8, 8, 30], voxelOffset: [3, 2, 1] };
    const one = await ingest("deep-one", { plugin: "multipage-tiff", params: { files: "./deep.tif" } }, rest);
    const two = await ingest("deep-two", { plugin: "multipage-tiff", params: { files: "./deep/*.tif" } }, rest);
    assertReadAlike([one, two].map((path) => ({ path, file, offset: [3, 2, 1] })));
  });

  it("in shards is what both readers and numpy say: images, jpeg aside, and compressed labels", async () => {
    const grey = ws.at("shards.npy");
    const ids = ws.at("ids.npy");
    makeStacks([
      { kind: "tiff", file: grey, files: [ws.at("shards.tif")], dataType: "uint8", size: [333, 270, 75] },
      { kind: "tiff", file: ids, files: [ws.at("ids.tif")], dataType: "uint32", size: [203, 167, 45], labels: true },
    ]);
    const tiff = (files: string) => ({ plugin: "multipage-tiff", params: { files } });
    const rest = { resolutionNm: [8, 8, 30], voxelOffset: [3, 2, 1], chunkSize: [32, 32, 16] };
    const auto = await ingest("auto", tiff("./shards.tif"), { ...rest, sharding: "auto" });
    const one = await ingest("one-shard", tiff("./shards.tif"), {
      ...rest,
      sharding: { hash: "murmurhash3_x86_128", preshift_bits: 0, minishard_bits: 16, data_encoding: "raw" },
      mips: [[4, 4, 2]],
    });
    const labels = await ingest("shard-labels", tiff("./ids.tif"), {
      ...rest,
      type: "segmentation",
      dataType: "uint64",
      encoding: "compressed_segmentation",
      sharding: { preshift_bits: 2, minishard_bits: 1 },
    });
    assertReadAlike([
      { path: auto, file: grey, offset: [3, 2, 1] },
      { path: one, file: grey, offset: [3, 2, 1] },
      { path: labels, file: ids, dataType: "uint64", offset: [3, 2, 1] },
    ]);
  });

  it("of labels widened to 64 bit is what both readers and numpy say", async () => {
    const file = ws.at("labels.npy");
    const files = [ws.at("labels.tif")];
    makeStacks([{ kind: "tiff", file, files, dataType: "uint32", size: [201, 167, 45], labels: true }]);
    const path = await ingest(
      "labels",
      { plugin: "multipage-tiff", params: { files: "./labels.tif" } },
      { type: "segmentation", dataType: "uint64", resolutionNm: [16, 16, 40], voxelOffset: [1, 3, 5] },
    );
    assertReadAlike([{ path, file, dataType: "uint64", offset: [1, 3, 5] }]);
  });

  it("of float32 and of RGB is what both readers and numpy say", async () => {
    const floats = ws.at("floats.npy");
    const rgb = ws.at("rgb.npy");
    makeStacks([
      { kind: "tiff", file: floats, files: [ws.at("floats.tif")], dataType: "float32", size: [130, 151, 70] },
      {
        kind: "catmaid",
        file: rgb,
        root: ws.at("rgbTiles"),
        tile: [100, 100],
        dataType: "uint8",
        channels: 3,
        size: [203, 111, 9],
      },
    ]);
    const floatPath = await ingest(
      "floats",
      { plugin: "multipage-tiff", params: { files: "./floats.tif" } },
      { resolutionNm: [10, 10, 10] },
    );
    const rgbPath = await ingest(
      "rgb",
      { plugin: "catmaid", params: { root: "./rgbTiles", extension: "png", tileSize: 100 } },
      { resolutionNm: [10, 10, 50], channels: 3 },
    );
    assertReadAlike([
      { path: floatPath, file: floats, offset: [0, 0, 0] },
      { path: rgbPath, file: rgb, offset: [0, 0, 0] },
    ]);
  });
});
