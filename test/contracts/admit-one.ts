/** A process that documents one volume when it is told to, for parallel-writers.ts: argv is the volume, numbers, and the store's options. */
import { admit } from "#src/provenance/admit.js";
import type { StoreOptions } from "#src/storage/store.js";

const [destination, numbers, options] = process.argv.slice(2) as [string, string, string];

const document = (number: number) =>
  admit({
    destination,
    options: JSON.parse(options) as StoreOptions,
    jobId: `job-${number}`,
    declaration: {
      sources: [`doi:10.1/image-${number}`, "doi:10.1/shared"],
      motivation: `why ${number}`,
      process: { description: "one of many", parameters: { number } },
    },
  });

process.once("message", async () => {
  await Promise.all(numbers.split(",").map(Number).map(document));
  process.send!("done");
  process.disconnect();
});
process.send!("ready");
