// Tables of tiles: what is wrong in one, what it lacks, and SQLite databases.
import assert from "node:assert/strict";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import startSqlite from "sql.js";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import indexFile from "#plugins/index-file/index.js";
import { testTileSource } from "../contracts/tile-source-contract.js";
import { stackVoxel } from "../fixtures/catmaid-stack.js";
import { isCode } from "../fixtures/errors.js";
import { laidOut, tiledStack, wholeSections } from "../fixtures/laid-out.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

describe("a table of tiles", () => {
  it("reads JSON lines, and names every line that is wrong", async () => {
    const baseFolder = await laidOut(wholeSections, (z) => `${z}.png`);
    const table = join(baseFolder, "stack/tiles.jsonl");
    await writeFile(table, [3, 4, 5].map((z) => JSON.stringify({ z, location: `${z}.png` })).join("\n"));
    const params = indexFile.params.parse({ index: table });
    assert.deepEqual((await indexFile.probe(params, { baseFolder })).extent.z, [3, 6]);
    await writeFile(
      table,
      '{"z":3,"location":"3.png"}\nnot json\n{"z":3,"location":"4.png"}\n{"z":-1,"location":""}\n',
    );
    await assert.rejects(indexFile.probe(params, { baseFolder }), (error) => {
      assert.ok(isCirrusError(error, "E_CONFIG_INVALID"));
      assert.match(
        error.message,
        /3 wrong lines:\n.*line 2: [^]*line 3: z 3, row 0, column 0 is in line 1 already[^]*line 4: z: /,
      );
      return true;
    });
  });

  it("lists holes of the table, and files that it names and are not there", async () => {
    const baseFolder = await laidOut({ ...wholeSections, sections: [3, 4, 5, 6, 7] }, (z) => `${z}.png`);
    await rm(join(baseFolder, "stack/6.png"));
    await writeFile(
      join(baseFolder, "t.csv"),
      "z,location\n3,stack/3.png\n5,stack/5.png\n6,stack/6.png\n7,stack/7.png\n",
    );
    const probe = await indexFile.probe(indexFile.params.parse({ index: "t.csv" }), { baseFolder });
    assert.deepEqual(
      probe.missing.map(({ location }) => location.url.replace(baseFolder, "")),
      ["z 4, row 0, column 0 of the table", "/stack/6.png"],
    );
    assert.match(probe.warnings.join(), /1 listed files are not there/);
    await rm(join(baseFolder, "stack/7.png"));
    const shorter = await indexFile.probe(indexFile.params.parse({ index: "t.csv" }), { baseFolder });
    assert.deepEqual([shorter.extent.z, shorter.missingCount], [[3, 8], 3]);
  });
});

const { Database } = await startSqlite();

/** Writes a database that `sql` makes. */
async function database(path: string, sql: string): Promise<void> {
  const made = new Database();
  made.run(sql);
  await writeFile(path, made.export());
  made.close();
}

/** Rows of a table for the tiled stack, one tile each. */
const insertTiles = (table: string): string =>
  tiledStack.sections
    .flatMap((z) => [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [z, row, column] as const)))
    .map(([z, row, column]) => `insert into ${table} values (${column}, ${row}, ${z}, '${z}/${row}/${column}.png');`)
    .join("\n");

const tilesTable = 'create table tiles ("column" integer, "row" integer, z integer, location text);';

testTileSource("index-file in SQLite", async () => {
  const baseFolder = await laidOut(tiledStack, (z, row, column) => `${z}/${row}/${column}.png`);
  await database(join(baseFolder, "stack/tiles.db"), `${tilesTable} ${insertTiles("tiles")}`);
  const params = { index: "stack/tiles.db", tileSize: [20, 16] };
  return {
    plugin: indexFile,
    params,
    absentParams: { ...params, index: "no.db" },
    baseFolder,
    extent: { x: [0, 45], y: [0, 37], z: [3, 6] },
    tileSizePx: [20, 16],
    dataType: "uint8",
    channels: 1,
    voxel: (at) => stackVoxel(at),
  };
});

describe("a table of tiles in SQLite", () => {
  /** Sections 3 to 5, and a database of this SQL beside them. */
  async function beside(sql: string, params: object = {}) {
    const baseFolder = await laidOut(wholeSections, (z) => `${z}.png`);
    const path = join(baseFolder, "stack/t.sqlite");
    await database(path, sql);
    return { baseFolder, path, params: indexFile.params.parse({ index: "stack/t.sqlite", ...params }) };
  }
  const rows = (...sections: number[]): string =>
    sections.map((z) => `insert into s values (${z}, '${z}.png');`).join(" ");
  const sections = "create table s (Z integer, Location text);";

  it("is the only table or view with z and location, whatever else there is, or the one that is named", async () => {
    const others = `create table notes (a, b); create view few as select z, location from s where z > 3;`;
    const one = await beside(`create table notes (a); ${sections} ${rows(3, 4, 5)}`);
    assert.deepEqual((await indexFile.probe(one.params, one)).extent.z, [3, 6]);
    const two = await beside(`${sections} ${rows(3, 4, 5)} ${others}`);
    await assert.rejects(
      indexFile.probe(two.params, two),
      isCode("E_CONFIG_INVALID", /has several tables with z and location: few, s/),
    );
    const named = indexFile.params.parse({ index: two.path, table: "FEW" });
    assert.deepEqual((await indexFile.probe(named, two)).extent.z, [4, 6]);
  });

  it("names tables and columns that are not there", async () => {
    const odd = await beside("create table s (z, path); create table t (x)");
    await assert.rejects(indexFile.probe(odd.params, odd), (error) => {
      assert.ok(isCirrusError(error, "E_CONFIG_INVALID"));
      assert.match(error.message, /no table of .*t\.sqlite has the columns z and location/);
      assert.match(error.hint, /there is s \(z, path\); t \(x\)/);
      return true;
    });
    const named = (table: string) => indexFile.probe(indexFile.params.parse({ index: odd.path, table }), odd);
    await assert.rejects(named("s"), isCode("E_CONFIG_INVALID", /table s of .* lacks location/));
    await assert.rejects(named("u"), isCode("E_CONFIG_INVALID", /has no table "u"/));
    const empty = await beside("select 1");
    await assert.rejects(indexFile.probe(empty.params, empty), isCode("E_CONFIG_INVALID", /has no table$/));
    await writeFile(join(odd.baseFolder, "t.csv"), "z,location\n3,stack/3.png\n");
    await assert.rejects(
      indexFile.probe(indexFile.params.parse({ index: "t.csv", table: "s" }), odd),
      isCode("E_CONFIG_INVALID", /is no SQLite database: it has no table "s"/),
    );
  });

  it("names rows that are wrong, twice there, or say nothing", async () => {
    const wrong = await beside(
      `create table s (z, location); ${rows(3)} insert into s values (3, '4.png'), (null, '5.png'), (4, x'00'), (1.5, 'a');`,
    );
    await assert.rejects(
      indexFile.probe(wrong.params, wrong),
      isCode(
        "E_CONFIG_INVALID",
        /has 4 wrong rows:\n.*row 2: z 3, row 0, column 0 is in row 1 already\n.*row 3: z: [^]*row 4: location: [^]*row 5: z: /,
      ),
    );
    const none = await beside(sections);
    await assert.rejects(indexFile.probe(none.params, none), isCode("E_CONFIG_INVALID", /lists no tile/));
  });

  it("is refused while changes of it wait in a log, and read in the form of one when they do not", async () => {
    const place = await beside(`${sections} ${rows(3, 4, 5)}`);
    const logged = new Database();
    logged.run(`${sections} ${rows(3, 4, 5)}`);
    const bytes = logged.export();
    logged.close();
    bytes[18] = bytes[19] = 2; // what `pragma journal_mode=wal` leaves in the header
    await writeFile(place.path, bytes);
    assert.deepEqual((await indexFile.probe(place.params, place)).extent.z, [3, 6]);
    await writeFile(`${place.path}-wal`, "");
    assert.deepEqual((await indexFile.probe(place.params, place)).extent.z, [3, 6]);
    await appendFile(`${place.path}-wal`, "changes");
    await assert.rejects(indexFile.probe(place.params, place), (error) => {
      assert.ok(isCirrusError(error, "E_SOURCE_UNSUPPORTED"));
      assert.match(error.message, /its write-ahead log holds changes that are not merged \(.*t\.sqlite-wal\)/);
      assert.match(error.hint, /wal_checkpoint/);
      return true;
    });
  });

  it("that is damaged is said to be", async () => {
    const baseFolder = await temporaryFolder();
    await writeFile(join(baseFolder, "t.db"), `SQLite format 3\0${"damage".repeat(500)}`);
    await assert.rejects(
      indexFile.probe(indexFile.params.parse({ index: "t.db" }), { baseFolder }),
      isCode("E_SOURCE_UNREADABLE", /t\.db cannot be read as an SQLite database: /),
    );
  });

  it("opens tiles where its rows say", async () => {
    const place = await beside(`${sections} ${rows(3, 4, 5)}`);
    const { pathProcessor, tileProcessor } = await indexFile.open(place.params, place);
    const location = pathProcessor({ column: 0, row: 0, z: 5 })!;
    assert.equal(location.url, join(place.baseFolder, "stack/5.png"));
    const tile = await tileProcessor.decode(location, openByteSource(location.url));
    assert.equal(tile.data[0], stackVoxel({ x: 0, y: 0, z: 5, channel: 0 }));
  });
});
