import { after, before } from "node:test";
import { openStore } from "#src/storage/open.js";
import { readingContract } from "../contracts/reading-contract.js";
import { storeContract } from "../contracts/store-contract.js";
import type { StoreOptions } from "#src/storage/store.js";
import { openDestination } from "../fixtures/destination.js";
import { startFaultyProxy, type FaultyProxy } from "../fixtures/faulty-proxy.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";

let moto: Moto;
let redirects: FaultyProxy;
before(async () => {
  moto = await startMoto();
  await moto.createBucket("contract");
  Object.assign(process.env, awsEnv(moto.endpoint));
  redirects = await startFaultyProxy(moto.endpoint, ({ headers }) =>
    headers["user-agent"] === "cirrus" ? { kind: "status", status: 301 } : { kind: "none" },
  );
});
after(async () => {
  await redirects.stop();
  await moto.stop();
});

let count = 0;
const open = async (options: StoreOptions = {}) => ({
  store: await openDestination(`s3://contract/run-${count++}/volume`, options),
  release: async () => {},
});

storeContract("s3://bucket/prefix", () => open(), { keepsContentEncoding: true });

// Where our own requests are sent to another region, Amazon's client takes over.
storeContract("s3://bucket/prefix, by Amazon's client", () => open({ s3Endpoint: redirects.endpoint }), {
  keepsContentEncoding: true,
});

readingContract(
  "a bucket's public endpoint",
  async (objects) => {
    const { store } = await open();
    for (const { key, bytes, contentEncoding } of objects)
      await store.put(key, bytes, contentEncoding ? { contentEncoding } : {});
    return { store: await openStore(store.url.replace("s3:/", moto.endpoint)), release: () => store.close() };
  },
  { keepsContentEncoding: true },
);
