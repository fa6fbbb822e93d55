// Records, lineage and report on Amazon S3.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { serializeInfo } from "#src/formats/precomputed/info.js";
import { admit } from "#src/provenance/admit.js";
import { traceLineage } from "#src/provenance/lineage/trace.js";
import { surveyVolumes } from "#src/provenance/survey/report.js";
import { bucketProvenance } from "../contracts/bucket-provenance.js";
import { openDestination } from "../fixtures/destination.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";
import { infoWith } from "../volume/fixture.js";

let moto: Moto;
before(async () => {
  moto = await startMoto();
  await moto.createBucket("volumes");
  await moto.createBucket("lineage");
  Object.assign(process.env, awsEnv(moto.endpoint));
});
after(() => moto.stop());

bucketProvenance("Amazon S3", () => ({ url: "s3://volumes", options: {}, web: `${moto.endpoint}/volumes` }));

describe("a bucket of volumes", () => {
  const derive = async (name: string, sources: readonly string[]): Promise<void> => {
    const destination = `s3://lineage/${name}`;
    const store = await openDestination(destination);
    await store.put("info", Buffer.from(serializeInfo(infoWith())));
    await store.put("4_4_40/-10-22_5-37_100-104", Buffer.from(name));
    await store.close();
    const process = { description: `make ${name}`, parameters: {} };
    await admit({ destination, jobId: "job", declaration: { sources, motivation: "why", process } });
  };

  it("is searched for what was made of one, and says what is stale", async () => {
    await derive("raw/image", ["the microscope"]);
    await derive("made/copy", ["s3://lineage/raw/image"]);
    const store = await openDestination("s3://lineage/raw/image");
    await store.put("4_4_40/-10-22_5-37_100-104", Buffer.from("other"));
    await store.close();
    const options = { direction: "down", roots: ["s3://lineage"] } as const;
    const { edges } = await traceLineage("s3://lineage/raw/image", options);
    assert.deepEqual(
      edges.map(({ from, to, state }) => [from, to, state]),
      [["s3://lineage/raw/image", "s3://lineage/made/copy", "changed"]],
    );
  });

  it("is surveyed without listing chunks", async () => {
    const { volumes } = await surveyVolumes("s3://lineage");
    assert.deepEqual(
      volumes.map(({ url, state }) => [url, state]),
      [
        ["s3://lineage/made/copy", "incomplete"],
        ["s3://lineage/raw/image", "incomplete"],
      ],
    );
  });
});
