// Volumes of zarr and N5: what documenting them leaves in their attributes.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { addResult, logProcess } from "#src/index.js";
import { json, keys, newFolder, text } from "./fixture.js";

function volume(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const who = { name: "Ann Lee", email: "ann@lab.edu" };
const twoSteps = async (folder: string): Promise<readonly string[]> => {
  const at = (startedAt: string) => ({ who, startedAt, endedAt: startedAt });
  await logProcess(folder, { description: "segment" }, at("2025-03-01 10:00"));
  return (await logProcess(folder, { description: "agglomerate µ" }, at("2025-03-02 11:30"))).warnings;
};
const pointer = {
  file: "provenance",
  history: [
    { task: "segment", date: "2025-03-01 10:00 UTC", by: "ann@lab.edu" },
    { task: "agglomerate µ", date: "2025-03-02 11:30 UTC", by: "ann@lab.edu" },
  ],
};

describe("attributes of a documented volume", () => {
  it("have a pointer and a history in zarr.json, in its own layout, every number as it was", async () => {
    const folder = volume({
      "zarr.json": `{
\t"zarr_format": 3,
\t"node_type": "array",
\t"fill_value": 1.0,
\t"attributes": {
\t\t"max_id": 18446744073709551615
\t},
\t"dimension_names": null
}
`,
    });
    assert.deepEqual(await twoSteps(folder), []);
    assert.equal(
      text(folder, "zarr.json"),
      `{
\t"zarr_format": 3,
\t"node_type": "array",
\t"fill_value": 1.0,
\t"attributes": {
\t\t"max_id": 18446744073709551615,
\t\t"cirrus_provenance": {
\t\t\t"file": "provenance",
\t\t\t"history": [
\t\t\t\t{
\t\t\t\t\t"task": "segment",
\t\t\t\t\t"date": "2025-03-01 10:00 UTC",
\t\t\t\t\t"by": "ann@lab.edu"
\t\t\t\t},
\t\t\t\t{
\t\t\t\t\t"task": "agglomerate \\u00b5",
\t\t\t\t\t"date": "2025-03-02 11:30 UTC",
\t\t\t\t\t"by": "ann@lab.edu"
\t\t\t\t}
\t\t\t]
\t\t}
\t},
\t"dimension_names": null
}
`,
    );
    assert.ok(existsSync(join(folder, "provenance")));
  });

  it("are made in a zarr.json without any", async () => {
    const folder = volume({ "zarr.json": '{"zarr_format":3,"node_type":"group"}' });
    await twoSteps(folder);
    assert.deepEqual(json(folder, "zarr.json"), {
      zarr_format: 3,
      node_type: "group",
      attributes: { cirrus_provenance: pointer },
    });
    assert.doesNotMatch(text(folder, "zarr.json"), /\n/);
  });

  it("are .zattrs in zarr 2, there or not, and their copy in consolidated metadata", async () => {
    const folder = volume({ ".zarray": '{"zarr_format": 2}' });
    await twoSteps(folder);
    assert.deepEqual(json(folder, ".zattrs"), { cirrus_provenance: pointer });
    assert.equal(text(folder, ".zarray"), '{"zarr_format": 2}');
    assert.ok(!existsSync(join(folder, ".zmetadata")));

    const group = { ".zgroup": { zarr_format: 2 }, ".zattrs": { unit: "nm" }, "s0/.zarray": { order: "C" } };
    const consolidated = volume({
      ".zgroup": '{"zarr_format":2}',
      ".zattrs": '{"unit":"nm"}',
      ".zmetadata": JSON.stringify({ metadata: group, zarr_consolidated_format: 1 }),
    });
    await twoSteps(consolidated);
    const attributes = { unit: "nm", cirrus_provenance: pointer };
    assert.deepEqual(json(consolidated, ".zattrs"), attributes);
    assert.deepEqual(json(consolidated, ".zmetadata"), {
      metadata: { ...group, ".zattrs": attributes },
      zarr_consolidated_format: 1,
    });
  });

  it("are attributes.json in N5", async () => {
    const folder = volume({ "attributes.json": '{"n5":"2.5.1","maxId":648518346349515986,"scale":[1.0,0.50]}' });
    await twoSteps(folder);
    assert.deepEqual(json(folder, "attributes.json")["cirrus_provenance"], pointer);
    assert.ok(
      text(folder, "attributes.json").startsWith(
        '{"n5":"2.5.1","maxId":648518346349515986,"scale":[1.0,0.50],"cirrus_',
      ),
    );
  });

  it("are not written when they say it already, and mended when another tool dropped it", async () => {
    const folder = volume({ "zarr.json": '{ "zarr_format": 3, "attributes": {} }' });
    await twoSteps(folder);
    // Not the text that cirrus would write: who writes it again would change it.
    const respelled = text(folder, "zarr.json")
      .replaceAll(":", " : ")
      .replace("10 : 00", "10:00")
      .replace("11 : 30", "11:30");
    writeFileSync(join(folder, "zarr.json"), respelled);
    await addResult(folder, "12 merges", { who });
    assert.equal(text(folder, "zarr.json"), respelled);

    writeFileSync(join(folder, "zarr.json"), '{"zarr_format":3,"attributes":{"other":1}}');
    await addResult(folder, "13 merges", { who });
    assert.deepEqual(json(folder, "zarr.json")["attributes"], { other: 1, cirrus_provenance: pointer });
  });

  it("hold no more than the newest 32 entries", async () => {
    const processing = Array.from({ length: 40 }, (_, i) => ({ method: { task: `T${i}` }, by: "b'me'" }));
    const folder = volume({
      "attributes.json": "{}",
      provenance: JSON.stringify({ description: "", owners: [], sources: [], processing }),
    });
    await addResult(folder, "done", { who });
    const { history } = json(folder, "attributes.json")["cirrus_provenance"] as { history: object[] };
    assert.equal(history.length, 32);
    assert.deepEqual(
      [history[0], history[31]],
      [
        { task: "T8", by: "me" },
        { task: "T39", by: "me" },
      ],
    );
  });

  it("tell what all of many writers at once did, in the order of provenance", async () => {
    const folder = volume({ "zarr.json": '{"zarr_format":3,"attributes":{"id":18446744073709551615}}' });
    const tasks = Array.from({ length: 12 }, (_, i) => `task ${i}`);
    await Promise.all(tasks.map((description) => logProcess(folder, { description }, { who })));
    const { processing } = json(folder, "provenance") as { processing: { task: string }[] };
    const told = json(folder, "zarr.json") as { attributes: { cirrus_provenance: { history: { task: string }[] } } };
    const history = told.attributes.cirrus_provenance.history.map(({ task }) => task);
    assert.deepEqual(
      history,
      processing.map(({ task }) => task),
    );
    assert.deepEqual(history.toSorted(), tasks.toSorted());
    assert.match(text(folder, "zarr.json"), /"id":18446744073709551615/);
  });

  for (const [what, content, why] of [
    ["broken JSON", '{"zarr_format":3,', /JSON|expected/i],
    ["no text", Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1"), /UTF-8/],
    ["a list", '{"zarr_format":3,"attributes":[1]}', /object was expected around "cirrus_provenance"/],
  ] as const)
    it(`are left alone with a warning where they are ${what}`, async () => {
      const folder = volume({});
      writeFileSync(join(folder, "zarr.json"), content, "latin1");
      const [warning, ...others] = await twoSteps(folder);
      assert.match(warning!, /^zarr\.json of file:.* got no pointer to provenance: /);
      assert.match(warning!, why);
      assert.deepEqual(others, []);
      assert.equal(text(folder, "zarr.json"), Buffer.from(content, "latin1").toString());
      assert.equal((json(folder, "provenance")["processing"] as object[]).length, 2);
    });

  it("are not touched where there is an info", async () => {
    const folder = volume({ info: "{}", "attributes.json": '{"n5":"2.5.1"}' });
    await twoSteps(folder);
    assert.equal(text(folder, "attributes.json"), '{"n5":"2.5.1"}');
    assert.deepEqual(
      keys(folder).filter((key) => !key.startsWith("provenance.d/")),
      ["attributes.json", "info", "provenance"],
    );
  });
});
