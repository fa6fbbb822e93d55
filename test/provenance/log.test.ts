import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { stringifyLossless } from "#src/core/json/stringify.js";
import type { JsonValue } from "#src/core/json/value.js";
import { admit } from "#src/provenance/admit.js";
import { complete, listEvents, readProvenance } from "#src/provenance/log.js";
import { dockerEnv } from "#src/provenance/model/code-env.js";
import { claimAt, declaration, json, keys, newFolder, request, text } from "./fixture.js";

const docker = dockerEnv({ imageName: "lab/x", tag: "1", imageId: "sha256:01", repoDigests: [] });

describe("complete", () => {
  it("records the end, its outputs and a result note", async () => {
    const folder = newFolder();
    const { recordKey, event } = await admit(request(folder));
    const outputs = { manifestIndex: { key: "provenance.d/manifests/j/index", sha256: "ab" }, chunks: 3, bytes: 30 };
    const filled = { count: 1, tiles: [{ url: "/a.png", reason: "missing" }] };
    const ended = await complete({
      destination: folder,
      recordKey,
      status: "completed",
      message: "12; merges",
      outputs,
      filled,
    });
    const stored = json(folder, ended.key);
    assert.equal(stored.run, event.id);
    assert.equal(stored.status, "completed");
    assert.equal(stored.message, "12; merges");
    assert.deepEqual([stored.outputs, stored.filled], [outputs, filled]);
    assert.match(json(folder, "provenance").description as string, / \n \d{4}-\d\d-\d\d [^;]*;RESULT;12%3B merges$/);
  });

  it("adds nothing the second time", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    const first = await complete({ destination: folder, recordKey, status: "failed", message: "no" });
    const before = [keys(folder), text(folder, "provenance")];
    const second = await complete({ destination: folder, recordKey, status: "failed", message: "no" });
    assert.deepEqual(second.key, first.key);
    assert.deepEqual([keys(folder), text(folder, "provenance")], before);
  });
});

describe("complete, of a run that went on", () => {
  it("records each end", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    const end = { destination: folder, recordKey, status: "completed", message: "done" } as const;
    await complete({ ...end, outputs: { chunks: 1 } });
    await complete({ ...end, outputs: { chunks: 1 } });
    await complete({ ...end, outputs: { chunks: 2 } });
    const { events } = await listEvents(folder);
    assert.deepEqual(
      events.map(({ event }) => event.outputs?.chunks),
      [undefined, 1, 2],
    );
  });
});

describe("readProvenance", () => {
  it("gives an empty summary for a volume that says nothing", async () => {
    const { isDocumented, sources, jobs, problems } = await readProvenance(newFolder());
    assert.deepEqual(
      { isDocumented, sources, jobs, problems },
      { isDocumented: false, sources: [], jobs: [], problems: [] },
    );
  });

  it("tells sources, motivation, process, environments, notes and jobs", async () => {
    const folder = newFolder();
    const { recordKey, event } = await admit(
      request(folder, { claim: claimAt(0), codeEnvs: [docker], who: { email: "a@b.c" } }),
    );
    const ended = await complete({ destination: folder, recordKey, status: "completed", message: "12 merges" });
    const summary = await readProvenance(folder);
    assert.deepEqual(summary.problems, []);
    assert.equal(summary.isDocumented, true);
    assert.deepEqual(summary.sources, ["gs://bucket/image"]);
    assert.deepEqual(summary.motivations, ["First pass; over block 3"]);
    assert.deepEqual(
      summary.processes.map(({ task, by, writtenBy, event: id }) => [task, by, writtenBy, id]),
      [["agglomerate block 3", "a@b.c", "cirrus", event.id]],
    );
    assert.deepEqual(
      summary.notes.map(({ type, text }) => [type, text]),
      [
        ["MOTIVATION", "First pass; over block 3"],
        ["RESULT", "12 merges"],
      ],
    );
    assert.deepEqual(
      summary.codeEnvs.map(({ file, type, isUnaltered }) => [file, type, isUnaltered]),
      [["lab_x_sha25601", "Docker", true]],
    );
    const [job] = summary.jobs;
    assert.deepEqual(
      [job.jobId, job.status, job.recordKey, job.startedAt, job.endedAt],
      ["1fq2k9-x7pd", "completed", recordKey, event.time, ended.event.time],
    );
    assert.deepEqual(job.start.claim?.extent.max, [64, 64, 64]);
    assert.match(stringifyLossless(summary as unknown as JsonValue, "pretty"), /648518346349515986/);
  });

  it("shows a run that was killed as running", async () => {
    const folder = newFolder();
    await admit(request(folder));
    const [{ status, endedAt }] = (await readProvenance(folder)).jobs;
    assert.deepEqual([status, endedAt], ["running", null]);
  });

  it("restores from the events what another tool dropped from the file", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    await complete({ destination: folder, recordKey, status: "completed", message: "done" });
    writeFileSync(join(folder, "provenance"), '{"sources":["gs://overwritten"],"description":""}');
    const { sources, motivations, notes } = await readProvenance(folder);
    assert.deepEqual(sources, ["gs://overwritten", "gs://bucket/image"]);
    assert.deepEqual(motivations, [declaration.motivation]);
    assert.deepEqual(
      notes.map(({ type }) => type),
      ["MOTIVATION", "RESULT"],
    );
  });

  it("reads JSON5, a mark, and the packed form where there is no plain one", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    const content =
      "\ufeff{sources: ['gs://b'], // ours\n processing: [{task: 't', parameters: {id: 648518346349515986,}}],}";
    writeFileSync(join(folder, "provenance.gz"), gzipSync(content));
    const packed = await readProvenance(folder);
    assert.deepEqual([packed.sources, packed.problems, packed.processes[0].task], [["gs://b"], [], "t"]);
    assert.equal(stringifyLossless(packed.processes[0].parameters, "compact"), '{"id":648518346349515986}');
    await admit(request(folder));
    assert.deepEqual(json(folder, "provenance").sources, ["gs://b", "gs://bucket/image"]);
    assert.match(text(folder, "provenance"), /648518346349515986/);
  });

  it("reports what is broken and tells the rest", async () => {
    const folder = newFolder();
    await admit(request(folder, { codeEnvs: [docker] }));
    writeFileSync(join(folder, "provenance"), "{ broken");
    writeFileSync(join(folder, "provenance.d/events/20250301T000000000Z-x.json"), "{}");
    writeFileSync(join(folder, "lab_x_sha25601"), "{}");
    const { jobs, problems, sources } = await readProvenance(folder);
    assert.equal(jobs.length, 1);
    assert.deepEqual(sources, ["gs://bucket/image"]);
    assert.equal(problems.length, 3);
    assert.match(problems[0], /^provenance: neither JSON nor JSON5: /);
    assert.match(problems[1], /^provenance\.d\/events\/20250301T000000000Z-x\.json: v: /);
    assert.equal(problems[2], "lab_x_sha25601: not the bytes that were recorded");
  });

  it("reads the notes of the toolbox in order of time, free text where it stood", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    const description = "free text \n 2025-03-01 09:31:05;RESULT;second \n 2025-03-01 09:30:00.250000;MOTIVATION;first";
    writeFileSync(join(folder, "provenance"), JSON.stringify({ description }));
    const { notes, motivations } = await readProvenance(folder);
    assert.deepEqual(
      notes.map(({ text }) => text),
      ["free text", "first", "second"],
    );
    assert.deepEqual(motivations, ["first"]);
    assert.deepEqual((await listEvents(folder)).events, []);
  });
});
