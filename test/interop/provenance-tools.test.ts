// provenance-toolbox and cirrus-volume, as published, on volumes that cirrus documented; and cirrus on volumes on which they fail.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { addResult, CirrusVolume, listNotes, logProcess, Process, SystemEnv } from "#src/index.js";
import { fixProvenance, lintProvenance } from "#src/provenance/lint.js";
import { readProvenance } from "#src/provenance/log.js";

const python = process.env["CIRRUS_TEST_PYTHON"] ?? ".venv/bin/python";
const scratch = mkdtempSync(join(tmpdir(), "cirrus-interop-tools-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** One process for all: Python takes seconds to load what it needs. */
const child = spawn(python, ["test/interop/provenance_tools.py"], { stdio: ["pipe", "pipe", "ignore"] });
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
after(() => child.kill());

async function tools(act: "make" | "look" | "write", folder: string, given: object): Promise<Record<string, unknown>> {
  child.stdin.write(`${JSON.stringify({ act, folder, given })}\n`);
  const { value } = await answers.next();
  return JSON.parse(value as string) as Record<string, unknown>;
}

/** A volume of CloudVolume's, with this provenance file. */
async function theirs(name: string, provenance: object): Promise<string> {
  const folder = join(scratch, name.replaceAll(" ", "-"));
  assert.deepEqual(await tools("make", folder, {}), {});
  writeFileSync(join(folder, "provenance"), JSON.stringify(provenance));
  return folder;
}

const fileOf = (folder: string): string => readFileSync(join(folder, "provenance"), "utf8");
const entriesOf = (folder: string) => (JSON.parse(fileOf(folder)) as { processing: { task?: string }[] }).processing;

const empty = { sources: [], owners: [], processing: [], description: "" };
const who = { name: "Ann Lee", email: "ann@lab.edu" };
const task = "agglomerate µ; block 3";
const parameters = { ids: [1, 2], ratio: 0.5, name: "é" };

describe("volumes that cirrus documented", () => {
  it("provenance-toolbox reads our notes, finds our process and adds nothing", async () => {
    const folder = await theirs("ours", empty);
    await logProcess(folder, new Process(task, parameters, await SystemEnv()), {
      who,
      motivation: "First pass; block 3 \n \n done",
      sources: ["gs://bucket/affinities"],
    });
    await addResult(folder, "12 merges; 3 mended", { who });
    const ours = fileOf(folder);
    assert.deepEqual(await tools("look", folder, { task, parameters }), {
      notes: [
        ["MOTIVATION", "First pass%3B block 3\n\ndone"],
        ["RESULT", "12 merges%3B 3 mended"],
      ],
      absent: false,
      logged: `duplicate set to False, and process ${task}has already been logged`,
    });
    assert.equal(fileOf(folder), ours);
  });

  it("cirrus-volume writes on top of our record, keeps it, and adds nothing for the same process", async () => {
    const folder = join(scratch, "ours");
    const before = entriesOf(folder);
    const same = { task, parameters, sources: ["gs://bucket/affinities"], motivation: "again" };
    assert.deepEqual(await tools("write", folder, same), { sources: ["gs://bucket/affinities"], voxel: 7 });
    assert.deepEqual(entriesOf(folder), before);
    const other = { ...same, task: "mask", sources: ["gs://bucket/masks"] };
    const { sources } = (await tools("write", folder, other)) as { sources: string[] };
    assert.deepEqual(sources.sort(), ["gs://bucket/affinities", "gs://bucket/masks"]);
    const entries = entriesOf(folder);
    assert.deepEqual(entries[0], before[0]);
    assert.deepEqual(
      entries.map((entry) => entry.task),
      [task, "mask"],
    );
  });

  it("reads what they wrote, and writes on top of it", async () => {
    const folder = join(scratch, "ours");
    const { processes, problems } = await readProvenance(folder);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      processes.map(({ writtenBy }) => writtenBy),
      ["cirrus", "provenance-toolbox"],
    );
    const notes = (await listNotes(folder)).map(({ type, text }) => `${type} ${text}`);
    assert.deepEqual(notes.sort(), [
      "MOTIVATION First pass; block 3 \n \n done",
      "MOTIVATION again",
      "RESULT 12 merges; 3 mended",
    ]);
  });
});

describe("volumes on which cirrus-volume fails", () => {
  const igneous = { method: { task: "DownsampleTask", mip: 0 }, by: "b'me@lab.edu'", date: "2024-01-02 03:04 UTC" };
  const given = { task, parameters, sources: ["gs://x"], motivation: "why" };

  for (const [name, provenance, error] of [
    ["an entry of Igneous", { ...empty, processing: [igneous] }, "KeyError"],
    ["a free description", { ...empty, description: "imaged in 2019" }, "TypeError"],
    ["a semicolon in a note", { ...empty, description: "2025-03-01 09:30:00;MOTIVATION;a;b" }, "TypeError"],
  ] as const)
    it(`cirrus writes to one with ${name}, and mends it for them`, async () => {
      const folder = await theirs(name, provenance);
      assert.deepEqual(await tools("write", folder, given), { error });
      const volume = await CirrusVolume.open(folder, {
        sources: ["gs://y"],
        motivation: "why; not",
        process: { description: "mend", parameters: { size: [1, 2] } },
      });
      const box = { min: [0, 0, 0], max: [64, 64, 64] } as const;
      await volume.write(box, new Uint32Array(64 ** 3).fill(9));
      await volume.close();
      assert.equal(entriesOf(folder).at(-1)?.task, "mend");
      assert.ok((await lintProvenance(folder)).findings.length > 0);
      await fixProvenance(folder, { who });
      assert.equal(((await tools("write", folder, given)) as { voxel: number }).voxel, 7);
      assert.equal((await tools("look", folder, { task: "mend", parameters: { size: [1, 2] } }))["absent"], false);
    });
});
