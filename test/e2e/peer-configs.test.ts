// The Boss ingest client's example configs (github.com/jhuapl-boss/ingest-client, ingestclient/configs), each with a small stack of its own
// kind, run as they are but for the folder and the extent. docs/sources.md lists them.
import assert from "node:assert/strict";
import { cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { stackVoxel, writeStack } from "../fixtures/catmaid-stack.js";
import { peerConfig, type PeerSpec } from "../fixtures/peer-config.js";
import { peerWorkspace, writeHdf5 } from "../fixtures/peer-workspace.js";

const { place, ingest, valuesAt } = await peerWorkspace();
const size = [45, 37] as const;
const extent = { x: [0, 45], y: [0, 37], z: [0, 3] };
const voxel = (x: number, y: number, z: number): number => stackVoxel({ x, y, z, channel: 0 });

/** A stack of tiles, moved to the names that `to` gives. */
async function tiles(
  folder: string,
  tile: readonly [number, number],
  to: (z: number, row: number, column: number) => string,
): Promise<string> {
  const made = place.at(`${folder}-made`);
  await writeStack(made, { size, sections: [0, 1, 2], tile });
  for (const z of [0, 1, 2])
    for (const name of await readdir(join(made, String(z)))) {
      const [row, column] = name.split("_").map(Number) as [number, number];
      const target = place.at(folder, to(z, row, column));
      await mkdir(dirname(target), { recursive: true });
      await rename(join(made, String(z), name), target);
    }
  return place.at(folder);
}

const png = { filetype: "png" };
const catmaid = async (
  folder: string,
  name: string,
  to: (z: number, r: number, c: number) => string,
): Promise<PeerSpec> => ({
  path: `catmaid.Catmaid${name}PathProcessor`,
  pathParams: { root_dir: await tiles(folder, [16, 16], to), ...png },
  tile: `catmaid.Catmaid${name}TileProcessor`,
  tileParams: png,
  extent,
  tileSize: [16, 16],
  resolution: 0,
});

const whole = Uint8Array.from({ length: 45 * 37 * 3 }, (_, i) =>
  voxel(i % 45, Math.floor(i / 45) % 37, Math.floor(i / (45 * 37))),
);

/** Each holds the same voxels. */
const examples: readonly (readonly [name: string, make: () => Promise<PeerSpec>])[] = [
  ["boss-v0.1-catmaid-file-stack-example", () => catmaid("c1", "FileImageStack", (z, r, c) => `${z}/${r}_${c}_0.png`)],
  [
    "CATMAID files under the oldest name and the neurodata schema",
    async () => ({
      ...(await catmaid("c1b", "FileImageStack", (z, r, c) => `${z}/${r}_${c}_0.png`)),
      prefix: "ingest.plugins",
      schema: "neurodata-schema" as const,
    }),
  ],
  [
    "CATMAID zoom levels in the client's order",
    () => catmaid("c4", "FileImageStackZoomLevel", (z, r, c) => `0/${z}/${r}_${c}.png`),
  ],
  [
    "CATMAID zoom levels in CATMAID's order",
    () => catmaid("c4b", "FileImageStackZoomLevel", (z, r, c) => `${z}/0/${r}_${c}.png`),
  ],
  ["CATMAID directories", () => catmaid("c5", "DirectoryImageStack", (z, r, c) => `0/${z}/${r}/${c}.png`)],
  [
    "boss-v0.1-zStack-example, cut out of whole sections",
    async () => ({
      path: "stack.ZindexStackPathProcessor",
      pathParams: {
        root_dir: await tiles("z", [45, 37], (z) => `${3253 + z}_my_stack_section${String(z).padStart(3, "0")}.png`),
        extension: "png",
        base_filename: "<o:3253>_my_stack_section<p:3>",
      },
      tile: "stack.ZindexStackTileProcessor",
      tileParams: { filesystem: "local", extension: "png" },
      extent,
      tileSize: [20, 20],
      schema: "boss-v0.2-schema" as const,
    }),
  ],
  [
    "boss-v0.1-hdf5SingleFile-example",
    async () => ({
      path: "hdf5.Hdf5SingleFilePathProcessor",
      pathParams: {
        filename: await writeHdf5(place.at("one.h5"), { dataset: "img", shape: [3, 37, 45], data: whole }),
      },
      tile: "hdf5.Hdf5SingleFileTileProcessor",
      tileParams: {
        filesystem: "local",
        bucket: "",
        upload_format: "tiff",
        offset_x: 0,
        offset_y: 0,
        offset_z: 0,
        data_name: "img",
        datatype: "uint8",
      },
      extent,
    }),
  ],
  [
    "boss-v0.1-hdf5Chunk-example, whose files reach beyond the extent",
    async () => {
      await mkdir(place.at("chunks"));
      const deeper = Uint8Array.from({ length: 45 * 37 * 5 }, (_, i) => whole[i] ?? 0);
      await writeHdf5(place.at("chunks/test_data_0-45_0-37_0-5.hdf5"), {
        dataset: "img",
        shape: [5, 37, 45],
        data: deeper,
      });
      return {
        path: "hdf5.Hdf5ChunkPathProcessor",
        pathParams: {
          root_dir: place.at("chunks"),
          extension: "hdf5",
          prefix: "test_data",
          x_offset: 0,
          y_offset: 0,
          z_offset: 0,
          x_chunk_size: 45,
          y_chunk_size: 37,
          z_chunk_size: 5,
          use_python_convention: true,
        },
        tile: "hdf5.Hdf5ChunkTileProcessor",
        tileParams: {
          filesystem: "local",
          bucket: "",
          upload_format: "tiff",
          z_chunk_size: 5,
          data_name: "img",
          datatype: "uint8",
        },
        extent,
        tileSize: [45, 37] as const,
      };
    },
  ],
];

describe("an example config of the Boss ingest client", () => {
  after(() => place.dispose());

  for (const [i, [name, make]] of examples.entries())
    it(`runs as it is: ${name}`, async () => {
      await writeFile(place.at(`v${i}.json`), JSON.stringify(peerConfig(await make())));
      await place.expect(0, ingest(`v${i}`));
      assert.deepEqual(await valuesAt(`v${i}`), [voxel(20, 9, 1)]);
    });

  it("runs as it is: boss-v0.2-cloudvolume-example", async () => {
    const config = peerConfig({
      path: "cloudvolume.CloudVolumePathProcessor",
      pathParams: {},
      tile: "cloudvolume.CloudVolumeChunkProcessor",
      tileParams: { cloudpath: `file://${place.at("v0")}` },
      extent,
      schema: "boss-v0.2-schema",
    });
    await writeFile(place.at("cv.json"), JSON.stringify(config));
    await place.expect(0, ingest("cv"));
    assert.deepEqual(await valuesAt("cv"), [voxel(20, 9, 1)]);
  });

  it("is refused where its source is the ingest client's own test, or lacks what it needs", async () => {
    const test = {
      path: "path.TestPathProcessor",
      pathParams: {},
      tile: "tile.TestTileProcessor",
      tileParams: {},
      extent,
    };
    await writeFile(place.at("own.json"), JSON.stringify(peerConfig(test)));
    assert.match((await place.expect(4, ingest("own"))).stderr, /is a class of the ingest client's own tests/);
    const empty = {
      path: "cloudvolume.CloudVolumePathProcessor",
      pathParams: {},
      tile: "cloudvolume.CloudVolumeChunkProcessor",
      tileParams: {},
      extent,
      schema: "boss-v0.2-schema" as const,
    };
    await writeFile(place.at("empty.json"), JSON.stringify(peerConfig(empty)));
    assert.match((await place.expect(2, ingest("empty"))).stderr, /chunk_processor\/params\/cloudpath: is required/);
    const { database, ...rest } = peerConfig(test);
    const lacking = { ...rest, database: { ...database, channel: undefined } };
    await writeFile(place.at("lacking.json"), JSON.stringify(lacking));
    assert.match((await place.expect(2, ingest("lacking"))).stderr, /\/database\/channel/);
  });

  it("is refused where its source is a Boss server: boss-v0.1-intern-example", async () => {
    const config = peerConfig({
      path: "intern.InternPathProcessor",
      pathParams: {},
      tile: "intern.InternTileProcessor",
      tileParams: {},
      extent,
    });
    await writeFile(place.at("boss.json"), JSON.stringify(config));
    const { stderr } = await place.expect(4, ingest("boss"));
    assert.match(stderr, /reads from a Boss server/);
  });

  it("says where its images are neither the extent nor reach its end", async () => {
    const { pathParams, ...rest } = peerSpecOf(place.at("z"));
    await writeFile(
      place.at("big.json"),
      JSON.stringify(peerConfig({ ...rest, pathParams, extent: { ...extent, x: [0, 90] } })),
    );
    const { stderr } = await place.expect(2, ingest("big"));
    assert.match(stderr, /the images are 45 x 37 pixels, which is neither the extent/);
  });

  it("with fail_gracefully fills missing and damaged files, and names each", async () => {
    const folder = place.at("holes");
    await cp(place.at("z"), folder, { recursive: true });
    await rm(join(folder, "3254_my_stack_section001.png"));
    await writeFile(join(folder, "3255_my_stack_section002.png"), "damaged");
    const { tileParams, ...rest } = peerSpecOf(folder);
    const spec = { ...rest, tileParams: { ...tileParams, fail_gracefully: true }, extent };
    await writeFile(place.at("holes.json"), JSON.stringify(peerConfig(spec)));
    await writeFile(place.at("strict.json"), JSON.stringify(peerConfig({ ...rest, tileParams, extent })));
    assert.match(
      (await place.expect(4, ingest("strict"))).stderr,
      /1 tile is damaged:\n.*3255_my_stack_section002\.png/,
    );
    const { stdout } = await place.expect(0, [
      "ingest",
      "holes.json",
      "--to",
      place.at("filled"),
      ...ingest("x").slice(4),
    ]);
    assert.match(stdout, /2 tiles were filled with background/);
    const shown = JSON.stringify(await place.json(["provenance", "show", "filled"]));
    for (const name of ["3254_my_stack_section001.png", "3255_my_stack_section002.png"])
      assert.ok(shown.includes(name), name);
  });

  it("joins and cancels by -j", async () => {
    const { jobs } = await place.json<{ jobs: { id?: string; jobId?: string }[] }>(["status"]);
    const id = jobs[0]!.jobId ?? jobs[0]!.id!;
    const joined = await place.expect(0, ["ingest", "v0.json", "-j", id]);
    assert.match(joined.stderr, /done already/);
    const cancelled = await place.expect(0, ["ingest", "-c", "-j", id, "-f"]);
    assert.match(cancelled.stdout, /done already/);
    await place.expect(2, ["ingest", "-c"]);
  });
});

const peerSpecOf = (root: string) => ({
  path: "stack.ZindexStackPathProcessor",
  pathParams: { root_dir: root, extension: "png", base_filename: "<o:3253>_my_stack_section<p:3>" },
  tile: "stack.ZindexStackTileProcessor",
  tileParams: { extension: "png" },
});
