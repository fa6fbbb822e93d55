import { after, before } from "node:test";
import { openStore } from "#src/storage/open.js";
import { readingContract } from "../contracts/reading-contract.js";
import { storeContract } from "../contracts/store-contract.js";
import { openDestination } from "../fixtures/destination.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";

let moto: Moto;
before(async () => {
  moto = await startMoto();
  await moto.createBucket("contract");
  Object.assign(process.env, awsEnv(moto.endpoint));
});
after(() => moto.stop());

let count = 0;
const open = async () => ({
  store: await openDestination(`s3://contract/run-${count++}/volume`),
  release: async () => {},
});

storeContract("s3://bucket/prefix", open, { keepsContentEncoding: true });

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
