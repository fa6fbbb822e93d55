import { after, before } from "node:test";
import { openDestination } from "../fixtures/destination.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { storeContract, type StoreUnderTest } from "../contracts/store-contract.js";

let gcs: FakeGcs;
before(async () => {
  gcs = await startFakeGcs();
  await gcs.createBucket("contract");
});
after(() => gcs.stop());

let count = 0;
const open = async (): Promise<StoreUnderTest> => ({
  store: await openDestination(`gs://contract/run-${count++}/volume`, { endpoint: gcs.endpoint }),
  release: async () => {},
});

storeContract("gs://bucket/prefix", open, { keepsContentEncoding: true });

// Where there is a proxy, Google's client carries the bytes; it leaves out the one for this machine.
storeContract(
  "gs://bucket/prefix, by Google's client",
  async () => {
    Object.assign(process.env, { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" });
    const { store } = await open();
    return {
      store,
      release: async () => {
        delete process.env["HTTPS_PROXY"];
        delete process.env["NO_PROXY"];
      },
    };
  },
  { keepsContentEncoding: true },
);
