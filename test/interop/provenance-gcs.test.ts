import { after, before } from "node:test";
import { bucketProvenance } from "../contracts/bucket-provenance.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";

let gcs: FakeGcs;
before(async () => {
  gcs = await startFakeGcs();
  await gcs.createBucket("volumes");
});
after(() => gcs.stop());

bucketProvenance("Google Cloud Storage", () => ({
  url: "gs://volumes",
  options: { endpoint: gcs.endpoint },
  web: `${gcs.endpoint}/volumes`,
}));
