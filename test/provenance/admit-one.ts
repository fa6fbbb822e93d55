/** A process that documents one volume when it is told to, for parallel.test.ts: argv is the folder and a number. */
import { admit } from "#src/provenance/admit.js";

const [destination, number] = process.argv.slice(2) as [string, string];

process.once("message", async () => {
  await admit({
    destination,
    jobId: `job-${number}`,
    declaration: {
      sources: [`gs://bucket/image-${number}`, "gs://bucket/shared"],
      motivation: `why ${number}`,
      process: { description: "one of many", parameters: { number: Number(number) } },
    },
    claim: { extent: { min: [64 * Number(number), 0, 0], max: [64 * Number(number) + 64, 64, 64] }, mips: [0] },
  });
  process.send!("done");
  process.disconnect();
});
process.send!("ready");
