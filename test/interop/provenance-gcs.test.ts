// The same gate on a bucket: conditional puts are by generation there, and two writers of one object meet as 412.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { admit, readmit } from "#src/provenance/admit.js";
import { complete, readProvenance } from "#src/provenance/log.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";

let gcs: FakeGcs;
before(async () => {
  gcs = await startFakeGcs();
  await gcs.createBucket("volumes");
});
after(() => gcs.stop());

const declare = (n: number) => ({
  sources: [`gs://bucket/image-${n}`],
  motivation: `why ${n}`,
  process: { description: "one of many", parameters: { n } },
});

describe("provenance in a bucket", () => {
  it("loses none of 12 records written at once", async () => {
    const destination = "gs://volumes/many";
    const options = { endpoint: gcs.endpoint };
    const numbers = Array.from({ length: 12 }, (_, n) => n);
    const admissions = await Promise.all(
      numbers.map((n) => admit({ destination, options, jobId: `job-${n}`, declaration: declare(n) })),
    );
    const { sources, processes, motivations, jobs, problems } = await readProvenance(destination, options);
    assert.deepEqual(problems, []);
    assert.deepEqual([sources.length, processes.length, motivations.length, jobs.length], [12, 12, 12, 12]);
    const ticket = await readmit(destination, admissions[5].recordKey, options);
    assert.equal(ticket.destination, destination);
  });

  it("serves the file as CloudVolume does", async () => {
    const destination = "gs://volumes/headers";
    await admit({ destination, options: { endpoint: gcs.endpoint }, jobId: "job", declaration: declare(0) });
    const reply = await fetch(`${gcs.endpoint}/volumes/headers/provenance`);
    assert.equal(reply.headers.get("content-type"), "application/json");
    assert.equal(reply.headers.get("cache-control"), "no-cache");
    assert.equal(((await reply.json()) as { sources: string[] }).sources[0], "gs://bucket/image-0");
  });

  it("lets one of several claims on the same chunks through, and the next when that is over", async () => {
    const destination = "gs://volumes/claimed";
    const options = { endpoint: gcs.endpoint };
    const claim = { extent: { min: [0, 0, 0], max: [64, 64, 64] }, mips: [0] } as const;
    const request = (n: number) => ({ destination, options, jobId: `job-${n}`, declaration: declare(0), claim });
    const results = await Promise.allSettled([0, 1, 2, 3].map((n) => admit(request(n))));
    const [won, ...others] = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    assert.deepEqual(others, []);
    const lost = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    assert.ok(
      lost.every((reason) => isCirrusError(reason, "E_CLAIM_LOST")),
      String(lost[0]),
    );
    await complete({ destination, options, recordKey: won.recordKey, status: "cancelled" });
    await admit(request(4));
  });
});
