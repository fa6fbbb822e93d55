import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { admit, resume } from "#src/provenance/admit.js";
import { stringifyLossless } from "#src/core/json/stringify.js";
import type { JsonValue } from "#src/core/json/value.js";
import { logProcess, Process } from "#src/index.js";
import { diffRuns } from "#src/provenance/diff.js";
import { complete } from "#src/provenance/log.js";
import { diffJson } from "#src/provenance/model/diff-json.js";
import { gitEnv, nodeEnv } from "#src/provenance/model/code-env.js";
import { readTimeline } from "#src/provenance/timeline.js";
import { declaration, newFolder, request } from "./fixture.js";

const igneous = {
  method: { task: "DownsampleTask", mip: 0 },
  by: "b'me@lab.edu'",
  date: "2025-03-01 09:30 UTC",
};

/** An entry of Igneous, then a run that another machine joined. */
async function documented() {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(join(folder, "provenance"), JSON.stringify({ processing: [igneous] }));
  const { recordKey } = await admit(request(folder, { who: { email: "a@b.c", host: "node1" } }));
  const node = { who: { email: "d@e.f", host: "node2" }, argv: ["cirrus.js", "join"], codeEnvs: [], notCaptured: [] };
  await resume({ destination: folder, recordKey, node });
  await complete({ destination: folder, recordKey, status: "failed", message: "2 tasks failed" });
  return folder;
}

const kindsOf = async (...[url, options, filter]: Parameters<typeof readTimeline>) =>
  (await readTimeline(url, options, filter)).items.map(({ kind }) => kind);

describe("the timeline of a volume", () => {
  it("has the entries of other tools, then the events in order of cause", async () => {
    const { items, problems } = await readTimeline(await documented());
    assert.deepEqual(problems, []);
    assert.deepEqual(
      items.map(({ kind, status, who, what }) => [kind, status, who.email, what]),
      [
        ["entry", null, "me@lab.edu", "DownsampleTask (igneous)"],
        ["start", "running", "a@b.c", "agglomerate block 3\nwhy: First pass; over block 3"],
        ["join", "running", "d@e.f", "join"],
        ["end", "failed", "a@b.c", "2 tasks failed"],
      ],
    );
    assert.deepEqual(items.map(({ sees }) => sees.length), [0, 0, 1, 1]); // prettier-ignore
    assert.equal(items[3].sees[0], items[2].digest);
  });

  it("is filtered by job, kind, time and person", async () => {
    const folder = await documented();
    assert.deepEqual(await kindsOf(folder, {}, { job: "1fq2k9-x7pd" }), ["start", "join", "end"]);
    assert.deepEqual(await kindsOf(folder, {}, { job: "other" }), []);
    assert.deepEqual(await kindsOf(folder, {}, { kinds: ["end", "entry"] }), ["entry", "end"]);
    assert.deepEqual(await kindsOf(folder, {}, { until: "2025-03-01" }), ["entry"]);
    assert.deepEqual(await kindsOf(folder, {}, { since: "2025-03-02" }), ["start", "join", "end"]);
    assert.deepEqual(await kindsOf(folder, {}, { by: "NODE2" }), ["join"]);
  });
});

describe("diffJson", () => {
  it("names each leaf that differs, by value", () => {
    const a = { same: 1, list: [1, 2], gone: true, deep: { x: "a" } };
    const b = { same: 1, list: [1, 3, 4], deep: { x: "b" }, added: null };
    assert.deepEqual(diffJson(a, b), [
      { path: "list[1]", a: 2, b: 3 },
      { path: "list[2]", a: undefined, b: 4 },
      { path: "gone", a: true, b: undefined },
      { path: "deep.x", a: "a", b: "b" },
      { path: "added", a: undefined, b: null },
    ]);
  });
});

describe("the difference of two runs", () => {
  const git = (commit: string, patch: string) =>
    gitEnv({ remoteUrl: "https://lab/align.git", folderName: "align", commit, branch: null, tag: null, isDirty: patch !== "", patch, leftOut: [], problems: [] }); // prettier-ignore
  const node = (zod: string) => nodeEnv({ nodeVersion: "v20.0.0", cirrusVersion: "0.1.0", packages: [["pg", "8"], ["zod", zod]] }); // prettier-ignore

  it("takes documented work by its event's id or digest", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "info"), "{}");
    await logProcess(folder, new Process("agglomerate", { threshold: 1 }));
    await logProcess(folder, new Process("agglomerate", { threshold: 2 }));
    const [first, second] = (await readTimeline(folder)).items;
    const byDigest = first!.digest!.replace("sha256:", "").slice(0, 10);
    const byId = second!.event!.id.replace("urn:uuid:", "").slice(0, 13);
    const { a, b, differences } = await diffRuns({ url: folder, run: byDigest }, { url: folder, run: byId });
    assert.deepEqual([a.jobId, a.run, b.run], [null, first!.event!.id, second!.event!.id]);
    const expected = { path: "process.parameters.threshold", a: 1, b: 2 };
    assert.deepEqual(JSON.parse(stringifyLossless(differences as unknown as JsonValue, "compact")), [expected]);
    await assert.rejects(diffRuns({ url: folder, run: "0nothing" }, { url: folder }), /no run 0nothing/);
  });

  it("is in parameters, code and environment, package by package", async () => {
    const [first, second] = [newFolder(), newFolder()];
    await admit(request(first, { codeEnvs: [git("a".repeat(40), ""), node("4")] }));
    const parameters = { ...declaration.process.parameters, level: 6 };
    const process = { ...declaration.process, parameters };
    const codeEnvs = [git("b".repeat(40), "diff\n+x\n"), node("5")];
    await admit(request(second, { jobId: "other", declaration: { ...declaration, process }, codeEnvs }));
    const { differences } = await diffRuns({ url: first }, { url: second });
    assert.deepEqual(
      differences.map(({ path }) => path),
      [
        "process.parameters.level",
        "code.PythonGithub https://lab/align.git.cirrus.dirty",
        "code.PythonGithub https://lab/align.git.commit hash",
        "code.PythonGithub https://lab/align.git.diff",
        "code.Node.packages.zod",
      ],
    );
  });

  it("of two runs of one volume needs their names; an unknown one is refused", async () => {
    const folder = newFolder();
    await admit(request(folder, { jobId: "one" }));
    const other = await admit(request(folder, { jobId: "two", declaration: { ...declaration, motivation: "again" } }));
    const id = other.event.id.replace("urn:uuid:", "").slice(0, 8);
    const { a, b, differences } = await diffRuns({ url: folder, run: "one" }, { url: folder, run: id });
    assert.deepEqual([a.jobId, b.jobId], ["one", "two"]);
    assert.deepEqual(differences, [{ path: "motivation", a: declaration.motivation, b: "again" }]);
    await assert.rejects(diffRuns({ url: folder, run: "three" }, { url: folder }), { code: "E_PROVENANCE_MISSING" });
  });

  it("of volumes of other tools is in their entries", async () => {
    const [first, second] = [newFolder(), newFolder()];
    for (const [folder, mip] of [
      [first, 0],
      [second, 1],
    ] as const) {
      // prettier-ignore
      mkdirSync(folder);
      const processing = [{ ...igneous, method: { ...igneous.method, mip } }];
      writeFileSync(join(folder, "provenance"), JSON.stringify({ sources: ["gs://b/x"], processing }));
    }
    const { differences } = await diffRuns({ url: first }, { url: second });
    assert.deepEqual(differences.map(({ path }) => path), ["processes.DownsampleTask.mip"]); // prettier-ignore
  });
});
