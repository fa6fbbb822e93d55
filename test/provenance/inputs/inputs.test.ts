import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { admit } from "#src/provenance/admit.js";
import { captureInputs } from "#src/provenance/inputs/capture-inputs.js";
import { captureTiles } from "#src/provenance/inputs/capture-tiles.js";
import { inputStates, type CheckInputsOptions } from "#src/provenance/inputs/check-inputs.js";
import { digestObjects } from "#src/provenance/inputs/list-objects.js";
import { complete, listEvents } from "#src/provenance/log.js";
import { parseInputList } from "#src/provenance/model/input.js";
import { openStore } from "#src/storage/open.js";
import { declaration, newFolder, request } from "../fixture.js";

/** Files by their names below a new folder. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const volumeFiles = { info: "{}", "4_4_40/0-1_0-1_0-1": "aa", "4_4_40/1-2_0-1_0-1": "bb" };

/** A volume that was made from `sources`, and what has become of them. */
async function madeFrom(...sources: string[]) {
  const volume = newFolder();
  await admit(request(volume, { declaration: { ...declaration, sources } }));
  return async (options: CheckInputsOptions = {}) => {
    const store = await openStore(volume);
    const { events } = await listEvents(volume);
    const states = await inputStates(store, events, options);
    return states.map(({ state, details }) => [state, ...details]);
  };
}

describe("inputs of a run", () => {
  it("are recorded with a digest of every object of a small one", async () => {
    const source = folderOf({ "1.tif": "one", "2.tif": "two", ".hidden": "x" });
    const volume = newFolder();
    const { event } = await admit(request(volume, { declaration: { ...declaration, sources: [source] } }));
    const [input] = event.inputs!;
    assert.deepEqual(
      [input.uri, input.kind, input.objects, input.bytes, input.digested],
      [source, "folder", 2, 6, { objects: 2, bytes: 6 }],
    );
    const list = parseInputList(gunzipSync(readFileSync(join(volume, input.listKey!))).toString());
    assert.deepEqual(list.entries, [
      { key: "1.tif", bytes: 3, sha256: "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed" },
      { key: "2.tif", bytes: 3, sha256: "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3" },
    ]);
  });

  it("say what could not be digested, and why", async () => {
    const sources = ["doi:10.1/x", "gs://bucket/image", "our microscope"];
    const captured = await captureInputs(sources, { destination: newFolder(), reach: "near" });
    assert.deepEqual(
      captured.map(({ input }) => [input.uri, input.kind, input.digest, input.note]),
      [
        ["doi:10.1/x", "other", undefined, "no place that cirrus reads"],
        ["gs://bucket/image", undefined, undefined, "not looked at: remote"],
        ["our microscope", "other", undefined, "nothing is there"],
      ],
    );
  });

  it("of a large input are an even sample, and pieces of large objects", async () => {
    const source = folderOf({ a: "x".repeat(300_000), b: "y", c: "z" });
    const store = await openStore(source);
    const objects = [
      { key: "a", sizeBytes: 300_000 },
      { key: "b", sizeBytes: 1 },
      { key: "c", sizeBytes: 1 },
    ];
    const budget = { objects: 10, bytes: 1000, sample: 2 };
    const { entries } = await digestObjects(store, objects, { scope: "all", budget });
    assert.deepEqual(
      entries.map(({ sha256, pieces }) => [sha256 !== undefined, pieces !== undefined]),
      [
        [false, true],
        [true, false],
        [false, false],
      ],
    );
  });

  it("of tiles are their files, each once", async () => {
    const source = folderOf({ "3/0_0.png": "a", "5/0_0.png": "b", "5/notes.txt": "c" });
    const paths = ["3/0_0.png", "5/0_0.png", "5/0_0.png", "4/0_0.png"].map((name) => join(source, name));
    const { input } = await captureTiles({ uri: "catmaid tiles", paths });
    assert.deepEqual([input.kind, input.objects, input.bytes], ["tiles", 2, 2]);
    assert.ok(input.digest);
  });
});

describe("the state of an input", () => {
  it("is unchanged after a copy that has other times", async () => {
    const source = folderOf(volumeFiles);
    const states = await madeFrom(source);
    utimesSync(join(source, "info"), 0, 0);
    assert.deepEqual(await states(), [["unchanged"]]);
  });

  it("names what has other content, another size, is gone, and is new", async () => {
    const source = folderOf({ a: "1", b: "22", c: "333", d: "4" });
    const states = await madeFrom(source);
    writeFileSync(join(source, "a"), "9");
    writeFileSync(join(source, "b"), "2");
    rmSync(join(source, "c"));
    writeFileSync(join(source, "e"), "5");
    assert.deepEqual(await states(), [["changed", "a: other content", "b: 1 bytes instead of 2", "c: gone", "e: new"]]);
    const quick = ["changed", "b: 1 bytes instead of 2", "c: gone", "e: new"];
    assert.deepEqual(await states({ quick: true }), [quick]);
  });

  it("of a single file is told by its content", async () => {
    const source = join(folderOf({ "a b#.tif": "one" }), "a b#.tif");
    const states = await madeFrom(source);
    assert.deepEqual(await states(), [["unchanged"]]);
    writeFileSync(source, "two");
    assert.deepEqual(await states(), [["changed", "other content"]]);
    rmSync(source);
    assert.deepEqual(await states(), [["gone", "nothing is there"]]);
  });

  it("of a volume does not change when somebody documents it, and does when a run writes", async () => {
    const source = folderOf(volumeFiles);
    const first = await admit(request(source));
    const states = await madeFrom(source);
    await complete({ destination: source, recordKey: first.recordKey, status: "completed" });
    assert.deepEqual(await states(), [["unchanged"]]);
    const { recordKey } = await admit(request(source, { jobId: "later" }));
    await complete({ destination: source, recordKey, status: "completed", outputs: { chunks: 3 } });
    const [[state, detail]] = await states();
    assert.equal(state, "changed");
    assert.match(detail, /^job later wrote to it since \(end at 20/);
  });

  it("is gone when the place is, and unknown when there was nothing to digest", async () => {
    const source = folderOf(volumeFiles);
    const states = await madeFrom(source, "doi:10.1/x");
    rmSync(source, { recursive: true });
    const [gone, unknown] = await states();
    assert.equal(gone[0], "gone");
    assert.deepEqual(unknown, ["unknown", "no place that cirrus reads"]);
  });
});
