/** A process of its own that writes until it is killed: `put-forever.js <url> <job id or "">`. Says "writing" once it does. */
import { openDestination } from "../../fixtures/destination.js";

const [url, jobId] = process.argv.slice(2) as [string, string]; // the test gives both
const store = await openDestination(url, jobId ? { jobId } : {});
const bytes = new Uint8Array(8 << 20).fill(7);
for (let i = 0; ; i++) {
  await store.put(`scale/${process.pid}-${i % 3}`, bytes);
  const seen = await store.stat("counter");
  await store.put("counter", Buffer.from(`${i}`), { ifVersion: seen?.version ?? "absent" });
  if (i === 0) console.log("writing");
}
