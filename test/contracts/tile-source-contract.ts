/** What every tile source plugin keeps: the built-in ones, the worked example, and those of users who run this suite on theirs. */
import assert from "node:assert/strict";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { DataType } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { memorySource, openByteSource } from "#src/tiles/byte-source.js";
import type { AnyPlugin, OpenSource, PixelBox, SourceProbe, Tile, TileIndex } from "#src/tiles/contracts.js";

export interface TileSourceExample {
  /** One that gives tiles. */
  readonly plugin: AnyPlugin;
  /** As they stand in a job config. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Params of the same shape whose files do not exist. */
  readonly absentParams: Readonly<Record<string, unknown>>;
  readonly baseFolder: string;
  readonly t?: number;
  readonly extent: SourceProbe["extent"];
  readonly tileSizePx: readonly [number, number];
  readonly dataType: DataType;
  readonly channels: number;
  /** The value that the files hold, in voxels of the whole stack. */
  readonly voxel: (at: {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly channel: number;
  }) => number;
}

/** @param make - writes the files of a small stack of complete tiles, anew for each test */
export function testTileSource(name: string, make: () => Promise<TileSourceExample>): void {
  describe(`${name} keeps the contract of tile sources`, () => {
    it("takes its params and refuses unknown ones", async () => {
      const { plugin, params } = await make();
      assert.ok(plugin.params.safeParse(params).success);
      assert.equal(plugin.params.safeParse({ ...params, colour: "blue" }).success, false);
      assert.equal(plugin.params.safeParse({}).success, false);
    });

    it("probes the extent, tile size and type without warnings, the same each time, as JSON can hold it", async () => {
      const example = await make();
      const probe = await probeOf(example);
      const { extent, tileSizePx, dataType, channels, missing, missingCount, odd, warnings } = probe;
      assert.deepEqual(
        { extent, tileSizePx, dataType, channels, missing, missingCount, odd, warnings },
        {
          extent: example.extent,
          tileSizePx: example.tileSizePx,
          dataType: example.dataType,
          channels: example.channels,
          missing: [],
          missingCount: 0,
          odd: [],
          warnings: [],
        },
      );
      assert.ok(probe.files > 0 && probe.sizeBytes > 0 && probe.summary.length > 0);
      assert.deepEqual(JSON.parse(JSON.stringify(await probeOf(example))), JSON.parse(JSON.stringify(probe)));
    });

    it("maps each index of the extent to one place, always the same, and none outside of the origin", async () => {
      const example = await make();
      const { pathProcessor } = await openExample(example);
      const again = await openExample(example);
      const seen = new Set<string>();
      for (const index of indexesOf(example)) {
        const location = pathProcessor(index);
        assert.ok(location, `a location for ${JSON.stringify(index)}`);
        assert.deepEqual(pathProcessor(index), location);
        assert.deepEqual(again.pathProcessor(index), location);
        seen.add(JSON.stringify(location));
      }
      assert.equal(seen.size, indexesOf(example).length);
      for (const change of [{ column: -1 }, { row: -1 }, { z: -1 }])
        assert.equal(pathProcessor({ ...indexesOf(example)[0]!, ...change }), undefined);
    });

    it("decodes every tile to the voxels of the files, also many at once", async () => {
      const example = await make();
      const source = await openExample(example);
      await Promise.all(
        indexesOf(example).map(async (index) => checkTile(example, index, await decode(source, index))),
      );
    });

    it("decodes at least the part that is asked for", async () => {
      const example = await make();
      const source = await openExample(example);
      for (const index of [indexesOf(example)[0]!, indexesOf(example).at(-1)!]) {
        const { widthPx: w, heightPx: h } = await decode(source, index);
        const parts: PixelBox[] = [
          { x0: 0, y0: 0, x1: w, y1: h },
          { x0: 0, y0: 0, x1: 1, y1: 1 },
          { x0: w - 1, y0: h - 1, x1: w, y1: h },
          { x0: w >> 2, y0: h >> 1, x1: (w >> 1) + 1, y1: (h >> 1) + 1 },
        ];
        for (const part of parts) {
          const tile = await decode(source, index, part);
          const { covers } = tile;
          assert.deepEqual([tile.widthPx, tile.heightPx], [w, h], "the size is of the whole image");
          assert.ok(covers.x0 <= part.x0 && covers.y0 <= part.y0 && covers.x1 >= part.x1 && covers.y1 >= part.y1);
          checkTile(example, index, tile);
        }
      }
    });

    it("gives the real size of a tile when more than that is asked for", async () => {
      const example = await make();
      const source = await openExample(example);
      const index = indexesOf(example)[0]!;
      const { widthPx, heightPx } = await decode(source, index);
      const parts = [
        { x0: 1, y0: 1, x1: widthPx + 7, y1: heightPx + 7 },
        { x0: widthPx + 3, y0: heightPx + 3, x1: widthPx + 7, y1: heightPx + 7 },
      ];
      for (const part of parts) {
        const tile = await decode(source, index, part);
        assert.deepEqual([tile.widthPx, tile.heightPx], [widthPx, heightPx]);
        checkTile(example, index, tile);
      }
    });

    it("leaves the bytes of its source as they are", async () => {
      const example = await make();
      const { pathProcessor, tileProcessor } = await openExample(example);
      const location = pathProcessor(indexesOf(example)[0]!)!;
      const bytes = new Uint8Array(await readFile(location.url));
      const before = bytes.slice();
      await tileProcessor.decode(location, memorySource(bytes));
      assert.deepEqual(bytes, before);
    });

    it("says that a tile is missing, and that one is damaged", async () => {
      const example = await make();
      const source = await openExample(example);
      const index = indexesOf(example).at(-1)!;
      const { url } = source.pathProcessor(index)!;
      const whole = await readFile(url);
      for (const kept of [0, whole.length >> 1, whole.length - 1]) {
        await truncate(url, kept);
        await assert.rejects(decode(source, index), (error) => isCirrusError(error, "E_TILE_CORRUPT"), `${kept} bytes`);
        await writeFile(url, whole);
      }
      await rm(url);
      await assert.rejects(decode(source, index), (error) => isCirrusError(error, "E_TILE_MISSING"));
    });

    it("says that there is no such stack", async () => {
      const { plugin, absentParams, baseFolder } = await make();
      const probing = plugin.probe(plugin.params.parse(absentParams), { baseFolder });
      await assert.rejects(probing, (error) => isCirrusError(error, "E_SOURCE_NOT_FOUND"));
    });
  });
}

const contextOf = ({ baseFolder, t }: TileSourceExample) => ({ baseFolder, ...(t === undefined ? {} : { t }) });

const probeOf = (example: TileSourceExample): Promise<SourceProbe> =>
  example.plugin.probe(example.plugin.params.parse(example.params), contextOf(example));

const openExample = (example: TileSourceExample): Promise<OpenSource> =>
  example.plugin.open(example.plugin.params.parse(example.params), contextOf(example)) as Promise<OpenSource>;

function decode({ pathProcessor, tileProcessor }: OpenSource, index: TileIndex, part?: PixelBox): Promise<Tile> {
  const location = pathProcessor(index)!;
  return tileProcessor.decode(location, openByteSource(location.url), part);
}

function indexesOf({ extent, tileSizePx, t }: TileSourceExample): TileIndex[] {
  const indexes: TileIndex[] = [];
  for (let z = extent.z[0]; z < extent.z[1]; z++)
    for (let row = Math.floor(extent.y[0] / tileSizePx[1]); row * tileSizePx[1] < extent.y[1]; row++)
      for (let column = Math.floor(extent.x[0] / tileSizePx[0]); column * tileSizePx[0] < extent.x[1]; column++)
        indexes.push({ column, row, z, ...(t === undefined ? {} : { t }) });
  return indexes;
}

function checkTile(example: TileSourceExample, { column, row, z }: TileIndex, tile: Tile): void {
  const { dataType, channels, data, covers, widthPx, heightPx } = tile;
  const [x0, y0] = [column * example.tileSizePx[0], row * example.tileSizePx[1]];
  assert.deepEqual([dataType, channels], [example.dataType, example.channels]);
  assert.equal(widthPx, Math.min(example.tileSizePx[0], example.extent.x[1] - x0));
  assert.equal(heightPx, Math.min(example.tileSizePx[1], example.extent.y[1] - y0));
  assert.equal(data.length, (covers.x1 - covers.x0) * (covers.y1 - covers.y0) * channels);
  let i = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let y = covers.y0; y < covers.y1; y++)
      for (let x = covers.x0; x < covers.x1; x++) {
        const expected = example.voxel({ x: x0 + x, y: y0 + y, z, channel });
        if (Number(data[i++]) !== expected) assert.fail(`voxel ${x0 + x}, ${y0 + y}, ${z} is not ${expected}`);
      }
}
