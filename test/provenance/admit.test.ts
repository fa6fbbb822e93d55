import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { isCirrusError } from "#src/core/errors.js";
import { isMinted } from "#src/core/write-ticket.js";
import { admit, readmit, resume } from "#src/provenance/admit.js";
import { claimConflicts, overlappingRuns } from "#src/provenance/claims.js";
import { complete, listEvents } from "#src/provenance/log.js";
import { dockerEnv, nodeEnv } from "#src/provenance/model/code-env.js";
import { openWritable } from "#src/storage/open.js";
import { claimAt, declaration, json, keys, newFolder, request, text } from "./fixture.js";

const docker = dockerEnv({ imageName: "lab/x", tag: "1", imageId: "sha256:01", repoDigests: [] });
const node = nodeEnv({ nodeVersion: "v20.0.0", cirrusVersion: "0.1.0", packages: [["zod", "4"]] });
const code = (wanted: Parameters<typeof isCirrusError>[1]) => (error: unknown) => isCirrusError(error, wanted);

describe("admit", () => {
  it("leaves a file for every reader, an event, and the environments; then gives a ticket", async () => {
    const folder = newFolder();
    const { ticket, recordKey, event } = await admit(
      request(folder, {
        who: { name: "A B", email: "a@b.c", host: "vm" },
        argv: ["ingest", "job.json", "--token", "abc"],
        parameters: { config: { mips: [[2, 2, 1]], apiKey: "abc" } },
        codeEnvs: [docker, node],
      }),
    );

    assert.equal(isMinted(ticket), true);
    assert.equal(ticket.recordKey, recordKey);
    assert.equal(ticket.destination, pathToFileURL(folder).href);
    const nodeFile = keys(folder).find((key) => key.startsWith("node_v20.0.0_"))!;
    assert.deepEqual(keys(folder), ["lab_x_sha25601", nodeFile, "provenance", recordKey, "provenance.d/heads.json"]);
    assert.deepEqual(json(folder, "provenance"), {
      description: `${event.time.replace("T", " ").replace("Z", "+00:00")};MOTIVATION;First pass%3B over block 3`,
      owners: [],
      processing: [
        {
          task: "agglomerate block 3",
          parameters: { ids: [Number(648518346349515986n)], level: 5 },
          code_envfiles: ["lab_x_sha25601", nodeFile],
          method: { task: "agglomerate block 3", level: 5 },
          by: "a@b.c",
          date: `${event.time.slice(0, 16).replace("T", " ")} UTC`,
          cirrus: {
            v: 1,
            id: event.id,
            digest: `sha256:${createHash("sha256").update(text(folder, recordKey)).digest("hex")}`,
            motivation: "First pass; over block 3",
            // printf '{"ids":[648518346349515986],"level":5}' | sha256sum
            parametersSha256: "e35a153544006fdf162cc63bb89aba256e4457b3e76fd961065fa2c49fb5d787",
            inputs: [{ uri: "gs://bucket/image" }],
          },
        },
      ],
      sources: ["gs://bucket/image"],
    });
    assert.match(text(folder, "provenance"), /648518346349515986/);
    const stored = json(folder, recordKey);
    assert.deepEqual(stored.argv, ["ingest", "job.json", "--token", "***"]);
    assert.deepEqual(stored.parameters, { config: { mips: [[2, 2, 1]], apiKey: "***" } });
    assert.equal(stored.motivation, "First pass; over block 3");
    assert.equal(stored.status, "running");
    assert.deepEqual(stored.sees, []);
    const files = (stored.codeEnvs as { file: string }[]).map(({ file }) => file);
    assert.deepEqual(files, ["lab_x_sha25601", nodeFile]);
  });

  it("opens the store for writing, and no other", async () => {
    const folder = newFolder();
    const { ticket } = await admit(request(folder));
    const store = await openWritable(folder, ticket);
    assert.deepEqual((await store.put("info", Buffer.from("{}"))).kind, "written");
    await store.close();
    await assert.rejects(openWritable(newFolder(), ticket), code("E_PROVENANCE_MISSING"));
  });

  it("refuses before anything is written", async () => {
    const folder = newFolder();
    const incomplete = { ...declaration, sources: [] };
    await assert.rejects(admit(request(folder, { declaration: incomplete })), code("E_PROVENANCE_MISSING"));
    await assert.rejects(admit(request(folder, { parameters: { f: () => 1 } })), code("E_PROVENANCE_INVALID"));
    assert.throws(() => keys(folder), /ENOENT/);
  });

  it("adds an event and nothing else for the same process again", async () => {
    const folder = newFolder();
    const first = await admit(request(folder, { codeEnvs: [docker] }));
    const before = text(folder, "provenance");
    const second = await admit(request(folder, { jobId: "1fq2k9-x7pe", codeEnvs: [docker] }));
    assert.equal(text(folder, "provenance"), before);
    assert.deepEqual(keys(folder), [
      "lab_x_sha25601",
      "provenance",
      ...[first.recordKey, second.recordKey].sort(),
      "provenance.d/heads.json",
    ]);
    const { events, problems } = await listEvents(folder);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      events.map(({ key }) => key),
      [first.recordKey, second.recordKey],
    );
    assert.deepEqual(events[1].event.sees, [events[0].digest]);
  });

  it("keeps an environment of the same name and other content", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "lab_x_sha25601"), "of provenance-toolbox, with packages");
    const { event } = await admit(request(folder, { codeEnvs: [docker] }));
    assert.equal(text(folder, "lab_x_sha25601"), "of provenance-toolbox, with packages");
    assert.match(event.codeEnvs![0].file, /^lab_x_sha25601_[0-9a-f]{12}$/);
    assert.deepEqual(json(folder, event.codeEnvs![0].file), docker.document);
  });

  it("writes on top of what Igneous left, unknown keys and free text included", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    const theirs = {
      sources: ["gs://x"],
      owners: ["me"],
      description: "imaged in 2019; by us",
      processing: [{ method: { task: "DownsampleTask", mip: 0 }, by: "b'me@lab.edu'", date: "2019-01-01 10:00 EST" }],
      lab: { "": [1] },
    };
    writeFileSync(join(folder, "provenance"), JSON.stringify(theirs));
    await admit(request(folder));
    const { processing, ...rest } = json(folder, "provenance") as unknown as typeof theirs;
    assert.deepEqual(processing[0], theirs.processing[0]);
    assert.equal(processing.length, 2);
    assert.deepEqual(rest.sources, ["gs://x", "gs://bucket/image"]);
    assert.deepEqual([rest.owners, rest.lab], [theirs.owners, theirs.lab]);
    assert.match(rest.description, /^imaged in 2019; by us \n \d{4}-.*;MOTIVATION;First pass%3B over block 3$/);
  });

  it("mends a file that CloudVolume cannot open and keeps the original", async () => {
    for (const broken of ["{ not json", '{"sources":["a","a"]}']) {
      const folder = newFolder();
      mkdirSync(folder);
      writeFileSync(join(folder, "provenance"), broken);
      await admit(request(folder));
      const kept = keys(folder).find((key) => key.startsWith("provenance.d/replaced/"))!;
      assert.equal(text(folder, kept), broken);
      const { description, sources } = json(folder, "provenance");
      assert.ok((description as string).includes(`kept as ${kept}`));
      assert.equal((sources as string[]).at(-1), "gs://bucket/image");
    }
  });
});

describe("readmit", () => {
  it("gives a ticket for the record of this destination", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    const ticket = await readmit(folder, recordKey);
    assert.equal(isMinted(ticket), true);
    assert.equal(ticket.destination, pathToFileURL(folder).href);
  });

  it("refuses a record that is missing, broken, of another place, renamed, or no start", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    const { key: endKey } = await complete({ destination: folder, recordKey, status: "completed" });
    await assert.rejects(readmit(folder, "provenance.d/events/none.json"), code("E_PROVENANCE_MISSING"));
    await assert.rejects(readmit(folder, endKey), /is no start of a run/);
    await assert.rejects(readmit(folder, "provenance"), code("E_PROVENANCE_INVALID"));
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    await assert.rejects(readmit(copy, recordKey), /was written for file:/);
    const renamed = recordKey.replace(/-[0-9a-f]{8}-/, "-00000000-");
    writeFileSync(join(folder, renamed), text(folder, recordKey));
    await assert.rejects(readmit(folder, renamed), /was written under another name/);
    writeFileSync(join(folder, recordKey), text(folder, recordKey).replace("First pass; over block 3", " "));
    await assert.rejects(readmit(folder, recordKey), code("E_PROVENANCE_MISSING"));
  });
});

describe("claims in a store", () => {
  it("let jobs apart and refuse the later of two that overlap, on the record", async () => {
    const folder = newFolder();
    const first = await admit(
      request(folder, { jobId: "job-1", claim: claimAt(0), who: { email: "a@b.c", host: "vm" } }),
    );
    const apart = await admit(request(folder, { jobId: "job-2", claim: claimAt(64) }));
    const before = text(folder, "provenance");
    await assert.rejects(
      admit(
        request(folder, { jobId: "job-3", claim: claimAt(32), declaration: { ...declaration, motivation: "other" } }),
      ),
      (error) =>
        isCirrusError(error, "E_CLAIM_LOST") &&
        /^job job-1 of a@b\.c on vm, unfinished since .*, has claimed x 0:64, y 0:64, z 0:64 at mips 0, 1; /.test(
          error.message,
        ),
    );
    assert.equal(text(folder, "provenance"), before);
    const { events } = await listEvents(folder);
    assert.deepEqual(
      events.map(({ event }) => [event.jobId, event.kind, event.status]),
      [
        ["job-1", "start", "running"],
        ["job-2", "start", "running"],
        ["job-3", "start", "running"],
        ["job-3", "end", "withdrawn"],
      ],
    );
    assert.equal(await claimConflicts(folder, first.event), undefined);
    assert.equal(await claimConflicts(folder, apart.event), undefined);
    assert.equal((await claimConflicts(folder, events[2].event))?.jobId, "job-1");
  });

  it("are free once the run is over, and can be superseded before", async () => {
    const folder = newFolder();
    const first = await admit(request(folder, { jobId: "job-1", claim: claimAt(0) }));
    const [earlier] = await overlappingRuns(folder, claimAt(32));
    assert.deepEqual([earlier.jobId, earlier.status, earlier.recordKey], ["job-1", "running", first.recordKey]);
    assert.deepEqual(await overlappingRuns(folder, claimAt(64)), []);
    const second = await admit(request(folder, { jobId: "job-2", claim: claimAt(32), supersedes: [earlier.run] }));
    assert.deepEqual(second.event.supersedes, [first.event.id]);
    await complete({ destination: folder, recordKey: first.recordKey, status: "failed" });
    await complete({ destination: folder, recordKey: second.recordKey, status: "completed" });
    await admit(request(folder, { jobId: "job-3", claim: claimAt(0) }));
  });

  it("of a run that was never ended stand in nobody's way where another superseded it", async () => {
    const folder = newFolder();
    const first = await admit(request(folder, { jobId: "job-1", claim: claimAt(0) }));
    const supersedes = [first.event.run];
    const second = await admit(request(folder, { jobId: "job-2", claim: claimAt(32), supersedes }));
    await complete({ destination: folder, recordKey: second.recordKey, status: "completed" });
    await admit(request(folder, { jobId: "job-3", claim: claimAt(32) }));
    await assert.rejects(admit(request(folder, { jobId: "job-4", claim: claimAt(-32) })), code("E_CLAIM_LOST"));
  });

  it("let no run go on that another has superseded", async () => {
    const folder = newFolder();
    const first = await admit(request(folder, { jobId: "job-1", claim: claimAt(0) }));
    const supersedes = [first.event.run];
    const second = await admit(request(folder, { jobId: "job-2", claim: claimAt(32), supersedes }));
    await assert.rejects(
      resume({ destination: folder, recordKey: first.recordKey }),
      /^CirrusError: job job-2 has overwritten chunks of job job-1 since/,
    );
    await complete({ destination: folder, recordKey: second.recordKey, status: "completed" });
    await assert.rejects(resume({ destination: folder, recordKey: first.recordKey }), code("E_CLAIM_LOST"));
    await resume({ destination: folder, recordKey: second.recordKey });
  });

  it("are given back when the record could not be finished", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "provenance"), { recursive: true }); // no file can have this name now
    await assert.rejects(admit(request(folder, { jobId: "job-1", claim: claimAt(0) })));
    const { events } = await listEvents(folder);
    assert.deepEqual(
      events.map(({ event }) => event.status),
      ["running", "withdrawn"],
    );
    assert.match(events[1].event.message!, /^not begun: /);
    rmSync(join(folder, "provenance"), { recursive: true });
    await admit(request(folder, { jobId: "job-2", claim: claimAt(0) }));
  });

  it("are made again by a job that goes on after it failed", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder, { jobId: "job-1", claim: claimAt(0) }));
    await resume({ destination: folder, recordKey: recordKey });
    assert.equal((await listEvents(folder)).events.length, 1);
    await complete({ destination: folder, recordKey, status: "failed" });
    assert.equal(isMinted(await resume({ destination: folder, recordKey: recordKey })), true);
    await assert.rejects(admit(request(folder, { jobId: "job-2", claim: claimAt(0) })), code("E_CLAIM_LOST"));
    await complete({ destination: folder, recordKey, status: "failed" });
    const third = await admit(request(folder, { jobId: "job-3", claim: claimAt(0) }));
    await assert.rejects(resume({ destination: folder, recordKey: recordKey }), code("E_CLAIM_LOST"));
    await complete({ destination: folder, recordKey: third.recordKey, status: "cancelled" });
    await assert.rejects(resume({ destination: folder, recordKey: third.recordKey }), code("E_JOB_CANCELLED"));
    await resume({ destination: folder, recordKey: recordKey });
  });
});
