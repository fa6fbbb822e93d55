// Programs as sources: here in JavaScript, one that does as it should and some that do not.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { ErrorCode } from "#src/core/error-codes.js";
import { isCirrusError } from "#src/core/errors.js";
import { emptySource } from "#src/tiles/byte-source.js";
import command from "#plugins/command/index.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

/** A program whose `answer(tile, say, bytes)` is given. */
const programOf = (answer: string): string => `
const { createInterface } = require("node:readline");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
const bytes = (data) => { say({ bytes: data.length }); process.stdout.write(data); };
createInterface({ input: process.stdin }).on("line", (line) => { const tile = JSON.parse(line); ${answer} });
`;

async function source(answer: string) {
  const baseFolder = await temporaryFolder();
  await writeFile(join(baseFolder, "tiles.cjs"), programOf(answer));
  const params = command.params.parse({
    command: [process.execPath, "tiles.cjs"],
    extent: { x: [0, 10], y: [0, 4], z: [3, 6] },
    tileSize: [8, 8],
    dataType: "uint16",
  });
  return { params, baseFolder, open: await command.open(params, { baseFolder }) };
}

const good =
  "bytes(Buffer.from(new Uint16Array(tile.width * tile.height).map((_, i) => tile.z * 1000 + tile.column * 100 + i).buffer));";

describe("a program as a source", () => {
  const opened: { close?(): Promise<void> }[] = [];
  after(() => Promise.all(opened.map((open) => open.close?.())));
  const tileAt = async (answer: string, index = { column: 1, row: 0, z: 4 }) => {
    const { open } = await source(answer);
    opened.push(open);
    const location = open.pathProcessor(index);
    assert.ok(location);
    return open.tileProcessor.decode(location, emptySource);
  };
  const fails = (code: ErrorCode, message: RegExp) => (error: unknown) => {
    assert.ok(isCirrusError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  };

  it("gives tiles, those at the edge cut, also when many are asked for at once", async () => {
    const { open, params, baseFolder } = await source(good);
    opened.push(open);
    const probe = await command.probe(params, { baseFolder });
    assert.deepEqual(
      [probe.extent, probe.tileSizePx, probe.dataType],
      [{ x: [0, 10], y: [0, 4], z: [3, 6] }, [8, 8], "uint16"],
    );
    const tiles = await Promise.all(
      [0, 1].map((column) => open.tileProcessor.decode(open.pathProcessor({ column, row: 0, z: 5 })!, emptySource)),
    );
    assert.deepEqual(
      tiles.map(({ widthPx, heightPx }) => [widthPx, heightPx]),
      [
        [8, 4],
        [2, 4],
      ],
    );
    assert.deepEqual(
      tiles.map(({ data }) => data[3]),
      [5003, 5103],
    );
    assert.equal(open.pathProcessor({ column: 2, row: 0, z: 5 }), undefined);
    assert.equal(open.pathProcessor({ column: 0, row: 0, z: 6 }), undefined);
  });

  it("may say that a tile is missing or damaged", async () => {
    await assert.rejects(tileAt("say({ missing: true });"), fails("E_TILE_MISSING", /no tile/));
    await assert.rejects(tileAt('say({ error: "burnt" });'), fails("E_TILE_CORRUPT", /burnt/));
  });

  it("is at fault, by name, when it ends, answers nonsense, or gives another size", async () => {
    await assert.rejects(
      tileAt('console.error("out of film"); process.exit(3);'),
      fails("E_PLUGIN_FAILED", /ended before it answered; it said: out of film/),
    );
    await assert.rejects(tileAt('process.stdout.write("hello\\n");'), fails("E_PLUGIN_FAILED", /answered "hello"/));
    await assert.rejects(tileAt("bytes(Buffer.alloc(5));"), fails("E_PLUGIN_FAILED", /5 bytes instead of 16/));
  });

  it("is started again after it ended", async () => {
    const { open } = await source(`if (tile.z === 4) process.exit(1); ${good}`);
    opened.push(open);
    const at = (z: number) => open.tileProcessor.decode(open.pathProcessor({ column: 0, row: 0, z })!, emptySource);
    await assert.rejects(at(4), (error) => isCirrusError(error, "E_PLUGIN_FAILED"));
    assert.equal((await at(5)).data[0], 5000);
  });

  it("that does not exist is refused by the plan", async () => {
    const { params, baseFolder } = await source(good);
    const absent = { ...params, command: ["./no-such-program"] };
    await assert.rejects(command.probe(absent, { baseFolder }), fails("E_PLUGIN_FAILED", /cannot be started/));
  });
});
