// CloudVolume checks `provenance` when it opens a volume, and rewrites it when it commits: what we write must bear both.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { admit } from "#src/provenance/admit.js";
import { complete, readProvenance } from "#src/provenance/log.js";
import { openWritable } from "#src/storage/open.js";

const python = process.env["CIRRUS_TEST_PYTHON"] ?? ".venv/bin/python";
const scratch = mkdtempSync(join(tmpdir(), "cirrus-interop-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const info = {
  data_type: "uint8",
  num_channels: 1,
  scales: [
    {
      chunk_sizes: [[64, 64, 64]],
      encoding: "raw",
      key: "4_4_40",
      resolution: [4, 4, 40],
      size: [64, 64, 64],
      voxel_offset: [0, 0, 0],
    },
  ],
  type: "image",
};

/** A volume with what `before` says in its provenance file, documented by cirrus twice. */
async function documented(name: string, before?: string): Promise<string> {
  const folder = join(scratch, name);
  mkdirSync(folder);
  if (before !== undefined) writeFileSync(join(folder, "provenance"), before);
  const { ticket, recordKey } = await admit({
    destination: folder,
    jobId: "1fq2k9-x7pd",
    who: { name: "A B", email: "a@b.c" },
    declaration: {
      sources: ["gs://bucket/image", "https://doi.org/10.1/é"],
      motivation: 'why; "not" \n \n 100%3B\ud83d\ude00',
      process: {
        description: "ingest µm",
        parameters: {
          ids: [648518346349515986n, 2n ** 64n - 1n],
          big: 2n ** 70n,
          ratio: 0.00001,
          nan: NaN,
          self: { cls: 1 },
        },
      },
    },
  });
  const store = await openWritable(folder, ticket);
  await store.put("info", Buffer.from(JSON.stringify(info)));
  await store.close();
  await complete({ destination: folder, recordKey, status: "completed", message: "1 chunk; done" });
  return folder;
}

/** Opens the volume, adds an entry as people do, commits, opens again; resolves to what CloudVolume saw first. */
function openAndCommit(folder: string): Record<string, unknown> {
  const script = `
import sys
from cloudvolume import CloudVolume
vol = CloudVolume("precomputed://file://" + sys.argv[1], progress=False)
seen = vol.provenance.serialize()
vol.provenance.processing.append({"method": "by hand", "by": "someone"})
vol.commit_provenance()
CloudVolume("precomputed://file://" + sys.argv[1], progress=False)
print("SEEN" + seen)
`;
  const output = execFileSync(python, ["-c", script, folder], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output.slice(output.indexOf("SEEN") + 4)) as Record<string, unknown>;
}

const fileOf = (folder: string): string => readFileSync(join(folder, "provenance"), "utf8");

describe("CloudVolume and our provenance", () => {
  it("opens the file, and its commit keeps every byte of what we wrote", async () => {
    const folder = await documented("new");
    const ours = fileOf(folder);
    const seen = openAndCommit(folder);
    assert.deepEqual(seen["sources"], ["gs://bucket/image", "https://doi.org/10.1/é"]);
    const theirs = fileOf(folder);
    const added = ',\n    {\n      "by": "someone",\n      "method": "by hand"\n    }';
    assert.ok(theirs.includes(added));
    assert.equal(theirs.replace(added, ""), ours);
    const { processes, jobs, problems, motivations } = await readProvenance(folder);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      processes.map(({ writtenBy }) => writtenBy),
      ["cirrus", "cloud-volume"],
    );
    assert.equal(processes[0].event, jobs[0].run);
    assert.equal(motivations[0], 'why; "not" \n \n 100%3B\ud83d\ude00');
  });

  for (const [name, before] of [
    [
      "igneous",
      '{"sources":["gs://x"],"owners":["o"],"description":"free; text","processing":[{"method":{"task":"DownsampleTask"},"by":"b\'me@lab.edu\'"}],"lab":{"a":[1.0]}}',
    ],
    ["json5", "\ufeff{sources: ['gs://x',], // by hand\n}"],
    ["doubled", '{"sources":["gs://x","gs://x",5],"owners":"me"}'],
    ["forbidden", '{"self":1,"processing":[{"cls":2},"ran it"],"description":{"a":1}}'],
    ["unreadable", "{ not json"],
    ["list", "[]"],
    ["empty", ""],
  ] as const)
    it(`opens a file that was ${name} before`, async () => {
      const folder = await documented(name, before);
      assert.ok((openAndCommit(folder)["sources"] as string[]).includes("gs://bucket/image"));
    });
});
