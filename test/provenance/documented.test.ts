// What somebody documents afterwards, on a volume that another tool made: work and notes.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  addGeneric,
  addMotivation,
  addResult,
  listNotes,
  logProcess,
  noteAbsent,
  Process,
  processAbsent,
  SystemEnv,
} from "#src/index.js";
import { isCirrusError } from "#src/core/errors.js";
import { readProvenance } from "#src/provenance/log.js";
import { json, keys, newFolder, text } from "./fixture.js";

/** A volume that Igneous has touched, with a free description: cirrus-volume and provenance-toolbox raise on it. */
function theirs(provenance?: object): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "info"), "{}");
  if (provenance) writeFileSync(join(folder, "provenance"), JSON.stringify(provenance));
  return folder;
}

const igneous = {
  description: "imaged in 2019; by us",
  owners: ["me@lab.edu"],
  processing: [
    { method: { task: "DownsampleTask", mip: 0 }, by: "b'me@lab.edu'", date: "2024-01-02 03:04 UTC" },
    { task: "mask", parameters: { size: [1, 2] }, code_envfiles: [] },
  ],
  sources: [],
};

const who = { name: "Ann Lee", email: "ann@lab.edu" };

describe("logProcess", () => {
  it("adds an entry that every reader knows, the environment as a file, and an event", async () => {
    const volume = theirs(igneous);
    const process = new Process(
      "agglomerate",
      { ids: new BigUint64Array([648518346349515986n]), ratio: 0.5 },
      await SystemEnv(),
    );
    const { recordKey } = await logProcess(volume, process, {
      who,
      sources: ["gs://bucket/affinities"],
      motivation: "why; not",
      startedAt: "2025-03-01 09:30",
      endedAt: "2025-03-01T11:00:00+01:00",
    });
    const file = json(volume, "provenance");
    const entries = file["processing"] as Record<string, unknown>[];
    assert.equal(entries.length, 3);
    assert.deepEqual(entries.slice(0, 2), igneous.processing);
    const added = entries[2]!;
    assert.equal(added["task"], "agglomerate");
    assert.equal(added["by"], "ann@lab.edu");
    assert.equal(added["date"], "2025-03-01 10:00 UTC");
    assert.match(text(volume, "provenance"), /648518346349515986/);
    assert.deepEqual(file["sources"], ["gs://bucket/affinities"]);
    assert.match(String(file["description"]), /^imaged in 2019; by us \n .*;MOTIVATION;why%3B not$/);
    const [envFile] = added["code_envfiles"] as string[];
    assert.equal(json(volume, envFile!)["CodeEnv type"], "System");
    const event = json(volume, recordKey!);
    assert.equal(event["kind"], "process");
    assert.equal(event["motivation"], "why; not");
    assert.equal(event["startedAt"], "2025-03-01T09:30:00.000Z");
  });

  it("refuses the same task and parameters, however spelled, unless told to log it again", async () => {
    const volume = theirs(igneous);
    const again = { description: "mask", parameters: { size: Uint8Array.of(1, 2) } };
    assert.equal(await processAbsent(volume, again), false);
    assert.equal(await processAbsent(volume, { description: "mask", parameters: { size: [2, 1] } }), true);
    await assert.rejects(logProcess(volume, again), (error) => isCirrusError(error, "E_PROVENANCE_DUPLICATE"));
    assert.deepEqual(keys(volume), ["info", "provenance"]);
    await logProcess(volume, again, { duplicate: true });
    await logProcess(volume, again, { duplicate: true });
    assert.equal((json(volume, "provenance")["processing"] as unknown[]).length, 4);
  });

  it("names every bad field and writes nothing", async () => {
    const volume = theirs();
    // What a caller without types may do.
    const bad = { description: " ", parameters: [1] } as unknown as Process;
    await assert.rejects(logProcess(volume, bad, { motivation: "", sources: [] }), (error) => {
      assert.ok(isCirrusError(error, "E_PROVENANCE_INVALID"));
      assert.deepEqual(error.context["fields"], [
        "sources: name at least one, such as the path of the stack or a DOI",
        "motivation: say why this is made",
        "process.description: say what is done",
        "process.parameters: must be an object, not a list",
      ]);
      return true;
    });
    await assert.rejects(logProcess(volume, new Process("x"), { startedAt: "yesterday" }), /"yesterday" is no date/);
    assert.deepEqual(keys(volume), ["info"]);
  });

  it("finds everything out and writes nothing in a dry run", async () => {
    const volume = theirs();
    assert.deepEqual(await logProcess(volume, new Process("x"), { dryRun: true }), {
      isNew: true,
      recordKey: null,
      warnings: [],
    });
    assert.deepEqual(keys(volume), ["info"]);
  });

  it("makes no volume where there is none", async () => {
    await assert.rejects(logProcess(newFolder(), new Process("x")), (error) =>
      isCirrusError(error, "E_VOLUME_NOT_FOUND"),
    );
  });
});

describe("notes", () => {
  it("are kept in the toolbox's form, the exact text and what it is about in the event", async () => {
    const volume = theirs(igneous);
    const exact = "merge; here \n \n 100%3B";
    const about = {
      who,
      tags: ["proofreading"],
      segment: "648518346349515986",
      box: { min: [0, 0, 0], max: [9, 9, 9], mip: 1 },
    } as const;
    await addResult(volume, exact, about);
    assert.match(String(json(volume, "provenance")["description"]), / \n .*;RESULT;merge%3B here\n\n100%253B$/);
    const [free, note] = await listNotes(volume);
    assert.deepEqual([free!.type, free!.time, free!.text], ["GENERIC", null, "imaged in 2019; by us"]);
    const { type, text: its, by, tags, segment, box } = note!;
    assert.deepEqual(
      { type, text: its, by, tags, segment, box },
      {
        type: "RESULT",
        text: exact,
        by: "Ann Lee",
        tags: ["proofreading"],
        segment: "648518346349515986",
        box: { min: [0, 0, 0], max: [9, 9, 9], mip: 1 },
      },
    );
  });

  it("are added once per type and text", async () => {
    const volume = theirs();
    assert.equal(await noteAbsent(volume, { text: "a;b" }), true);
    assert.equal((await addMotivation(volume, "a;b", { who })).isNew, true);
    assert.deepEqual(await addMotivation(volume, "a;b", { who }), { isNew: false, recordKey: null, warnings: [] });
    assert.equal((await addGeneric(volume, "a;b", { who })).isNew, true);
    assert.equal(await noteAbsent(volume, { text: "a;b" }), false);
    assert.equal(await noteAbsent(volume, { text: "a;b", type: "RESULT" }), true);
    assert.deepEqual((await readProvenance(volume)).motivations, ["a;b"]);
    assert.equal((await listNotes(volume)).length, 2);
  });

  it("survive another tool's overwriting of the description", async () => {
    const volume = theirs();
    await addResult(volume, "12 merges", { who });
    writeFileSync(join(volume, "provenance"), '{"description":"mine now"}');
    assert.deepEqual(
      (await listNotes(volume)).map((note) => note.text),
      ["mine now", "12 merges"],
    );
  });

  it("are refused when they are blank, or about no place", async () => {
    const volume = theirs();
    await assert.rejects(addResult(volume, " \n"), /the note is blank/);
    await assert.rejects(addResult(volume, "x", { segment: "0x1" }), /no decimal id/);
    await assert.rejects(addResult(volume, "x", { box: { min: [0, 0, 0], max: [0, 1, 1], mip: 0 } }), /holds no voxel/);
    assert.deepEqual(keys(volume), ["info"]);
  });
});
