/** A process of its own: `add-one.js <url> <key> <times>` adds one to a number in a store, so often. */
import { addOne } from "../../contracts/store-contract.js";
import { openDestination } from "../../fixtures/destination.js";

const [url, key, times] = process.argv.slice(2) as [string, string, string]; // the test gives all three
const store = await openDestination(url, process.env["ENDPOINT"] ? { endpoint: process.env["ENDPOINT"] } : {});
for (let i = 0; i < Number(times); i++) await addOne(store, key);
await store.close();
