import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "../../contracts/store-contract.js";
import { openDestination } from "../../fixtures/destination.js";

let count = 0;
storeContract(
  "memory://name/prefix",
  async () => ({ store: await openDestination(`memory://contract-${count++}/volume`), release: async () => {} }),
  { keepsContentEncoding: true },
);

for (const [name, options] of Object.entries({ "of a small command": {}, "of a job": { jobId: "0abcde-fghk" } })) {
  storeContract(
    `a folder, ${name}`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "cirrus-store-"));
      return {
        store: await openDestination(join(folder, "a volume (100%)"), options),
        release: () => rm(folder, { recursive: true }),
      };
    },
    { keepsContentEncoding: false },
  );
}
