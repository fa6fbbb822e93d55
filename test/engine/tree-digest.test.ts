import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeIndex } from "#src/engine/manifest-index.js";
import type { ChunkReceipt } from "#src/engine/messages.js";
import { writeManifest } from "#src/engine/manifest.js";
import { treeDigest, treeDigestOf } from "#src/engine/tree-digest.js";
import type { CompletedRange } from "#src/jobs/contracts.js";
import { admit } from "#src/provenance/admit.js";
import { openWritable } from "#src/storage/open.js";
import type { WritableStore } from "#src/storage/store.js";

const chunks = ["k/0-1", "k/10-11", "k/1-2", "j/0-1", "k/2-3"].map((key, i) => ({
  key,
  bytes: i + 1,
  sha256: createHash("sha256").update(key).digest("hex"),
}));
const expected = `sha256:${createHash("sha256")
  .update(
    [
      `j/0-1 4 ${chunks[3].sha256}\n`,
      `k/0-1 1 ${chunks[0].sha256}\n`,
      `k/1-2 3 ${chunks[2].sha256}\n`,
      `k/10-11 2 ${chunks[1].sha256}\n`,
      `k/2-3 5 ${chunks[4].sha256}\n`,
    ].join(""),
  )
  .digest("hex")}`;

describe("the digest of all that a run wrote", () => {
  let folder: string;
  let store: WritableStore;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "cirrus-tree-"));
    const declaration = { sources: ["x"], motivation: "y", process: { description: "z", parameters: {} } };
    const { ticket } = await admit({ destination: folder, jobId: "j", declaration });
    store = await openWritable(folder, ticket);
  });
  after(() => rm(folder, { recursive: true }));

  /** The chunks as a job with tasks of `perTask` chunks writes them. */
  async function indexOf(perTask: number, written: readonly ChunkReceipt[] = chunks): Promise<string> {
    const job = randomBytes(4).toString("hex");
    const ranges: CompletedRange[] = [];
    for (let from = 0; from * perTask < written.length; from++) {
      const part = written.slice(from * perTask, (from + 1) * perTask);
      const range = { from, to: from + 1, stage: 0, round: 0 };
      const done = [{ task: from, chunks: part, filled: [] }];
      const { key, sha256 } = await writeManifest(store, { job, ...range, tool: "t", done, failed: [] }, 0);
      const counts = { failedTasks: 0, filledTiles: 0, chunks: part.length, bytes: 0, cost: 0 };
      ranges.push({ ...range, outcome: { manifestKey: key, manifestSha256: sha256, ...counts } });
    }
    async function* inTurn() {
      yield* ranges;
    }
    return (await writeIndex(store, { job, round: 0, tool: "t" }, inTurn())).key;
  }

  it("is over keys, sizes and digests in order of key, however the tasks were cut", async () => {
    assert.equal(treeDigestOf(chunks), expected);
    for (const perTask of [1, 2, 5]) assert.equal(await treeDigest(store, await indexOf(perTask)), expected);
  });

  it("counts the later of two writes of a chunk, and none that was deleted", async () => {
    const before = chunks.slice(0, 3).map((chunk) => ({ ...chunk, bytes: 99 }));
    const gone = { key: "k/00", bytes: 7, sha256: "ab" };
    const written = [...before, gone, { ...gone, bytes: 0, note: "deleted" } as const, ...chunks];
    for (const most of [1, 2, 100]) assert.equal(await treeDigest(store, await indexOf(1, written), most), expected);
  });

  it("is the same when memory holds few chunks at once", async () => {
    for (const most of [1, 2, 4]) assert.equal(await treeDigest(store, await indexOf(2), most), expected);
  });
});
