/** The gate on a bucket: conditional puts are by generation or entity tag there, and two writers of one object meet as 412. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { admit, readmit } from "#src/provenance/admit.js";
import { complete, readProvenance } from "#src/provenance/log.js";
import type { StoreOptions } from "#src/storage/store.js";

export interface TestBucket {
  /** `gs://bucket` */
  readonly url: string;
  readonly options: StoreOptions;
  /** Where its objects are served over HTTP. */
  readonly web: string;
}

const declare = (n: number) => ({
  sources: [`gs://bucket/image-${n}`],
  motivation: `why ${n}`,
  process: { description: "one of many", parameters: { n } },
});

/** @param bucket - called when the tests run */
export function bucketProvenance(name: string, bucket: () => TestBucket): void {
  describe(`provenance in ${name}`, () => {
    it("loses none of 12 records written at once", async () => {
      const { url, options } = bucket();
      const destination = `${url}/many`;
      const numbers = Array.from({ length: 12 }, (_, n) => n);
      const admissions = await Promise.all(
        numbers.map((n) => admit({ destination, options, jobId: `job-${n}`, declaration: declare(n) })),
      );
      const { sources, processes, motivations, jobs, problems } = await readProvenance(destination, options);
      assert.deepEqual(problems, []);
      assert.deepEqual([sources.length, processes.length, motivations.length, jobs.length], [12, 12, 12, 12]);
      const ticket = await readmit(destination, admissions[5]!.recordKey, options);
      assert.equal(ticket.destination, destination);
    });

    it("serves the file as CloudVolume does", async () => {
      const { url, options, web } = bucket();
      await admit({ destination: `${url}/headers`, options, jobId: "job", declaration: declare(0) });
      const reply = await fetch(`${web}/headers/provenance`);
      assert.equal(reply.headers.get("content-type"), "application/json");
      assert.equal(reply.headers.get("cache-control"), "no-cache");
      assert.equal(((await reply.json()) as { sources: string[] }).sources[0], "gs://bucket/image-0");
    });

    it("lets one of several claims on the same chunks through, and the next when that is over", async () => {
      const { url, options } = bucket();
      const destination = `${url}/claimed`;
      const claim = { extent: { min: [0, 0, 0], max: [64, 64, 64] }, mips: [0] } as const;
      const request = (n: number) => ({ destination, options, jobId: `job-${n}`, declaration: declare(0), claim });
      const results = await Promise.allSettled([0, 1, 2, 3].map((n) => admit(request(n))));
      const won = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      assert.equal(won.length, 1);
      const lost = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      assert.ok(
        lost.every((reason) => isCirrusError(reason, "E_CLAIM_LOST")),
        String(lost[0]),
      );
      await complete({ destination, options, recordKey: won[0]!.recordKey, status: "cancelled" });
      await admit(request(4));
    });
  });
}
