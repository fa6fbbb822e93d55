import { after, before } from "node:test";
import { openDestination } from "../fixtures/destination.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { storeContract } from "../contracts/store-contract.js";

let gcs: FakeGcs;
before(async () => {
  gcs = await startFakeGcs();
  await gcs.createBucket("contract");
});
after(() => gcs.stop());

let count = 0;
storeContract(
  "gs://bucket/prefix",
  async () => ({
    store: await openDestination(`gs://contract/run-${count++}/volume`, { endpoint: gcs.endpoint }),
    release: async () => {},
  }),
  { keepsContentEncoding: true },
);
