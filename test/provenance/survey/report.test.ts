import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { findVolumes } from "#src/provenance/survey/find-volumes.js";
import { surveyVolumes } from "#src/provenance/survey/report.js";
import { runCli } from "../../cli/run-cli.js";
import { chain, type Chain } from "../chain.js";

describe("a survey of a folder", () => {
  let ws: Chain;
  before(async () => {
    ws = await chain();
    await ws.derive("deep/er/ours", ["the microscope"]);
    await ws.volume("bare");
    await ws.volume("broken");
    await writeFile(ws.at("broken", "provenance"), '{"sources": [1], ');
    await ws.volume("igneous");
    const entry = { method: { task: "DownsampleTask", mip: 0 }, by: "me", date: "2025-03-01 09:30 UTC" };
    await writeFile(ws.at("igneous", "provenance"), JSON.stringify({ processing: [entry], sources: ["gs://b/c"] }));
    await mkdir(ws.at("array.zarr"));
    await writeFile(ws.at("array.zarr", ".zarray"), "{}");
    await mkdir(ws.at("ours-not", "1", "2"), { recursive: true });
  });
  after(() => ws.dispose());

  it("finds volumes of every format, not what lies in them", async () => {
    const found = await findVolumes(ws.folder);
    const names = found.map(({ url, format }) => [url.slice(`file://${ws.folder}/`.length), format]);
    assert.deepEqual(names, [
      ["array.zarr", "zarr"],
      ["bare", "precomputed"],
      ["broken", "precomputed"],
      ["deep/er/ours", "precomputed"],
      ["igneous", "precomputed"],
    ]);
    assert.equal((await findVolumes(ws.folder, { depth: 1 })).length, 4);
    assert.equal((await findVolumes(ws.at("bare"))).length, 1);
    assert.deepEqual(await findVolumes(ws.at("ours-not")), []);
    assert.deepEqual((await surveyVolumes(ws.at("ours-not"))).volumes, []);
    await assert.rejects(surveyVolumes(ws.at("nowhere")), /there is no folder at .*nowhere/);
  });

  it("says what each lacks", async () => {
    const { volumes, complete, wanting } = await surveyVolumes(ws.folder);
    assert.deepEqual(
      volumes.map(({ state, lacks }) => [state, lacks]),
      [
        ["missing", ["sources", "motivation", "process", "code environment", "digests"]],
        ["missing", ["sources", "motivation", "process", "code environment", "digests"]],
        ["invalid", ["sources", "motivation", "process", "code environment", "digests"]],
        ["incomplete", ["digests"]],
        ["incomplete", ["motivation", "code environment", "digests"]],
      ],
    );
    assert.deepEqual([complete, wanting], [0, 5]);
  });

  it("ends with 3 when a volume is wanting, with 0 when none is", async () => {
    const told = await runCli(["provenance", "report", ws.folder], { cwd: ws.folder });
    assert.equal(told.code, 3);
    assert.match(told.stdout, /^missing +file:.*array\.zarr \(zarr\) +lacks sources, /m);
    assert.match(told.stdout, /^invalid .*broken .*neither JSON nor JSON5/m);
    assert.match(told.stdout, /\n5 volumes: 0 complete, 5 wanting\n$/);
    const none = await runCli(["provenance", "report", ws.at("ours-not"), "--json"], { cwd: ws.folder });
    assert.equal(none.code, 0);
    assert.deepEqual((JSON.parse(none.stdout) as { volumes: unknown[] }).volumes, []);
    await rm(ws.at("broken"), { recursive: true });
  });
});
