// Example configs of the Boss ingest client whose stacks have times, or are behind a URL: see peer-configs.test.ts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import sharp from "sharp";
import { openVolume } from "#src/volume/open-volume.js";
import { readBox } from "#src/volume/read-box.js";
import { peerConfig } from "../fixtures/peer-config.js";
import { peerWorkspace, writeHdf5 } from "../fixtures/peer-workspace.js";
import { writeTiff } from "../fixtures/tiff-writer.js";

const { place, ingest, valuesAt } = await peerWorkspace();
const extent = { x: [0, 45], y: [0, 37], z: [0, 3] };
const jobIdOf = (stderr: string): string => /job ID: (\S+)/.exec(stderr)![1]!;

describe("an example config of the Boss ingest client", () => {
  after(() => place.dispose());

  it("runs as it is: boss-v0.1-time-series-example, a volume per time, or times as channels", async () => {
    const page = (t: number) => ({ width: 45, height: 37, samples: new Uint16Array(45 * 37).fill(1000 + t) });
    await writeFile(place.at("t.tif"), writeTiff([page(0), page(1), page(2)], { isBigEndian: true }));
    const config = peerConfig({
      path: "multipage_tiff.SingleTimeTiffPathProcessor",
      pathParams: { z_0: place.at("t.tif") },
      tile: "multipage_tiff.SingleTimeTiffTileProcessor",
      tileParams: { datatype: "uint16", filetype: "tif" },
      extent: { ...extent, z: [0, 1], t: [1, 3] },
      tileSize: [45, 37],
    });
    await writeFile(place.at("times.json"), JSON.stringify(config));
    await place.expect(0, ingest("times"));
    const volume = await openVolume(place.at("times", "t2"));
    const box = { min: [0, 0, 0], max: [1, 1, 1] } as const;
    assert.deepEqual([...(await readBox(volume, box)).data], [1002]);
    await writeFile(place.at("both.json"), JSON.stringify(config));
    await place.expect(0, ingest("both", "--times", "channels"));
    assert.deepEqual([...(await readBox(await openVolume(place.at("both")), box)).data], [1001, 1002]);
  });

  it("runs as it is: boss-v0.1-hdf5TimeSeries-example", async () => {
    // Axes t x y c: the value tells time, place and channel.
    const value = (t: number, x: number, y: number, c: number): number => (t * 5000 + x * 50 + y + c * 20_000) * 10_000;
    const series = Float64Array.from({ length: 2 * 45 * 37 * 2 }, (_, i) =>
      value(Math.floor(i / (45 * 37 * 2)), Math.floor(i / (37 * 2)) % 45, Math.floor(i / 2) % 37, i % 2),
    );
    await mkdir(place.at("series"));
    for (const z of [0, 1, 2])
      await writeHdf5(place.at(`series/test_id_slice${z + 1}.hdf5`), {
        dataset: "aligned",
        shape: [2, 45, 37, 2],
        data: series,
      });
    const config = peerConfig({
      path: "hdf5.Hdf5TimeSeriesPathProcessor",
      pathParams: { root_dir: place.at("series"), extension: "hdf5", base_filename: "test_id_slice<o:1>" },
      tile: "hdf5.Hdf5TimeSeriesTileProcessor",
      tileParams: {
        filesystem: "local",
        bucket: "",
        upload_format: "tiff",
        channel_index: 0,
        scale_factor: 0.0001,
        dataset: "aligned",
      },
      extent: { ...extent, t: [0, 2] },
      tileSize: [45, 37],
    });
    await writeFile(place.at("series.json"), JSON.stringify(config));
    await place.expect(0, ingest("series", "--times", "channels"));
    assert.deepEqual(await valuesAt("series"), [20 * 50 + 9, 5000 + 20 * 50 + 9]);
  });

  it("runs as it is: boss-v0.1-tiff-hyperstack-example", async () => {
    // Two times per file, three sections, two channels: page = 6 t + 2 z + c.
    const page = (t: number, z: number, c: number) => ({
      width: 45,
      height: 37,
      samples: new Uint16Array(45 * 37).fill(1000 * t + 100 * z + c),
    });
    const pages = (t: number) => [0, 1, 2].flatMap((z) => [page(t, z, 0), page(t, z, 1)]);
    await mkdir(place.at("hyper"));
    for (const file of [0, 1])
      await writeFile(
        place.at("hyper", `my_base_020${file}.tif`),
        writeTiff([...pages(2 * file), ...pages(2 * file + 1)], { isBigEndian: file === 1 }),
      );
    const config = peerConfig({
      path: "multipage_tiff.TiffMultiFileHyperStackPathProcessor",
      pathParams: {
        root_dir: place.at("hyper"),
        extension: "tif",
        base_filename: "my_base_<o:200p:4>",
        time_chunk_size: 2,
      },
      tile: "multipage_tiff.TiffMultiFileHyperStackTileProcessor",
      tileParams: {
        time_chunk_size: 2,
        num_z_slices: 3,
        num_channels: 2,
        channel_index: 0,
        filesystem: "local",
        bucket: "",
      },
      extent: { ...extent, t: [0, 4] },
      tileSize: [45, 37],
    });
    await writeFile(place.at("hyper.json"), JSON.stringify(config));
    await place.expect(0, ingest("hyper", "--times", "channels"));
    assert.deepEqual(await valuesAt("hyper"), [100, 1100, 2100, 3100]);
  });

  it("runs as it is: boss-v0.1-catmaid-url-stack-example, with background where the server has no tile", async () => {
    const jpeg = (value: number) =>
      sharp(new Uint8Array(16 * 16).fill(value), { raw: { width: 16, height: 16, channels: 1 } })
        .toColourspace("b-w")
        .jpeg({ quality: 100 })
        .toBuffer();
    const server = createServer((request, response) => {
      const [, z, row, column] = /^\/0\/(\d+)\/(\d+)\/(\d+)\.jpg$/.exec(request.url ?? "")!.map(Number);
      if (z === 2) return void response.writeHead(403).end(); // as a bucket answers for what it does not hold
      void jpeg(100 + z! * 10 + row! * 2 + column!).then((bytes) => response.writeHead(200).end(bytes));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const { port } = server.address() as AddressInfo; // it listens at a port
      const config = peerConfig({
        path: "catmaid.CatmaidURLPathProcessor",
        pathParams: { root_dir: "", filetype: "jpg" },
        tile: "catmaid.CatmainURLTileProcessor",
        tileParams: {
          url: `http://127.0.0.1:${port}/0/`,
          filetype: "jpg",
          x_offset: 0,
          y_offset: 0,
          z_offset: 0,
          x_tile: 32,
          y_tile: 32,
        },
        extent: { x: [0, 32], y: [0, 32], z: [0, 3] },
        tileSize: [16, 16],
      });
      await writeFile(place.at("url.json"), JSON.stringify(config));
      const { stdout, stderr } = await place.expect(0, ingest("url"));
      assert.match(stderr, /x_tile, y_tile: not used, tiles are 16 x 16 as tile_size says/);
      assert.match(stdout, /4 tiles were filled with background/);
      assert.deepEqual(await valuesAt("url"), [111]);
      const status = await place.json(["status", "--job-id", jobIdOf(stderr)]);
      assert.match(JSON.stringify(status), /\/0\/2\/1\/1\.jpg/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
