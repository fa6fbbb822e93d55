// What `provenance check` tells of a volume that somebody else changed, and of what it was made from.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { admit } from "#src/provenance/admit.js";
import { capture } from "#src/provenance/capture/capture.js";
import { complete } from "#src/provenance/log.js";
import { readTimeline } from "#src/provenance/timeline.js";
import { checkProvenance, type Check, type CheckOptions } from "#src/verify/check-provenance.js";
import { snapshotVolume } from "#src/verify/snapshot.js";
import { verifyVolume } from "#src/verify/verify-volume.js";

const scratch = mkdtempSync(join(tmpdir(), "cirrus-check-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const newFolder = () => join(scratch, `f${count++}`);

const scale = {
  key: "4_4_40",
  size: [4, 2, 1],
  voxel_offset: [0, 0, 0],
  chunk_sizes: [[2, 2, 1]],
  resolution: [4, 4, 40],
  encoding: "raw",
};
const info = { type: "image", data_type: "uint8", num_channels: 1, scales: [scale] };
const chunks = ["4_4_40/0-2_0-2_0-1", "4_4_40/2-4_0-2_0-1"] as const;

/** A volume as other tools write it, without a word about where it came from. */
function foreignVolume(): string {
  const folder = newFolder();
  mkdirSync(join(folder, "4_4_40"), { recursive: true });
  writeFileSync(join(folder, "info"), JSON.stringify(info));
  for (const key of chunks) writeFileSync(join(folder, key), "abcd");
  return folder;
}

const declare = (sources: readonly string[]) => ({
  sources,
  motivation: "why",
  process: { description: "made", parameters: {} },
});

async function check(folder: string, options: CheckOptions = {}) {
  const report = await checkProvenance(folder, options);
  const by = Object.fromEntries(report.checks.map((each) => [each.name, each])) as Record<Check["name"], Check>;
  const problems = report.checks.flatMap((each) => each.problems.map(({ what, subject }) => [what, subject]));
  return { report, by, problems };
}

describe("provenance check", () => {
  it("says what cannot be known of a volume that nobody documented", async () => {
    const { report, problems } = await check(foreignVolume());
    assert.equal(report.state, "undocumented");
    assert.deepEqual(problems, []);
    assert.deepEqual(new Set(report.checks.map(({ state }) => state)), new Set(["unknown"]));
  });

  it("finds a documented volume of another tool as it was, whatever its times", async () => {
    const folder = foreignVolume();
    const { objects, bytes } = await snapshotVolume(folder);
    assert.deepEqual([objects, bytes], [3, JSON.stringify(info).length + 8]);
    utimesSync(join(folder, chunks[0]), 0, 0);
    const { by, problems } = await check(folder);
    assert.deepEqual(problems, []);
    assert.deepEqual([by.chunks.state, by.chunks.summary], ["ok", "3 objects as documented, by digest"]);
    assert.equal((await verifyVolume(folder)).state, "complete");
  });

  it("names chunks that were altered, removed, or written without a record, and a changed info", async () => {
    const folder = foreignVolume();
    await snapshotVolume(folder);
    writeFileSync(join(folder, chunks[0]), "abcX");
    rmSync(join(folder, chunks[1]));
    writeFileSync(join(folder, "4_4_40/9-9_9-9_9-9"), "new");
    writeFileSync(join(folder, "info"), JSON.stringify({ ...info, extra: 1 }));
    const found = await check(folder);
    assert.equal(found.report.state, "problems");
    assert.deepEqual(found.problems, [
      ["altered", chunks[0]],
      ["missing", chunks[1]],
      ["undocumented", "4_4_40/9-9_9-9_9-9"],
      ["altered", "info"],
    ]);
    // The same size: only reading it tells.
    const quick = await check(folder, { quick: true });
    assert.deepEqual(quick.problems.slice(0, 2), [
      ["missing", chunks[1]],
      ["undocumented", "4_4_40/9-9_9-9_9-9"],
    ]);
    assert.match(quick.by.chunks.unknown.join(), /only names and sizes were compared/);
  });

  it("takes the newest digests, keeps what they changed, and names a list of them that was altered", async () => {
    const folder = foreignVolume();
    assert.equal((await snapshotVolume(folder)).changed, null);
    assert.equal((await snapshotVolume(folder)).changed, null);
    writeFileSync(join(folder, chunks[0]), "efgh");
    writeFileSync(join(folder, "4_4_40/9-9_9-9_9-9"), "new");
    const { changed } = await snapshotVolume(folder);
    assert.deepEqual(changed, { altered: 1, missing: 0, added: 1, keys: [chunks[0], "4_4_40/9-9_9-9_9-9"] });
    const accepted = await check(folder);
    assert.deepEqual(accepted.problems, []);
    assert.match(
      accepted.by.chunks.unknown.join(),
      /who made what differed .*: 1 altered, 1 added: 4_4_40\/0-2_0-2_0-1/,
    );
    const { items } = await readTimeline(folder);
    assert.match(items.at(-1)?.what ?? "", /not as documented before: 1 altered, 1 added/);
    for (const name of readdirSync(join(folder, "provenance.d/snapshots"), { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".0.0.ndjson.gz")) writeFileSync(join(folder, "provenance.d/snapshots", name), "x");
    const { problems, by } = await check(folder);
    assert.equal(by.chunks.state, "problem");
    assert.ok(problems.some(([what]) => what === "record"));
  });

  it("names the input that changed, and what in it", async () => {
    const source = newFolder();
    mkdirSync(source);
    writeFileSync(join(source, "1.tif"), "one");
    writeFileSync(join(source, "2.tif"), "two");
    const folder = foreignVolume();
    await admit({ destination: folder, jobId: "j", declaration: declare([source]) });
    assert.equal((await check(folder)).by.inputs.state, "ok");
    writeFileSync(join(source, "2.tif"), "TWO");
    const { problems, by } = await check(folder);
    assert.deepEqual(problems, [["stale", source]]);
    assert.equal(by.inputs.problems[0]!.detail, "2.tif: other content");
  });

  it("names events that were altered, environments that are gone, and sources that another tool dropped", async () => {
    const folder = foreignVolume();
    const codeEnv = { kind: "system", stem: "host", isNamedByDigest: false, document: { os: "linux" } } as const;
    const { recordKey, event } = await admit({ destination: folder, jobId: "j", declaration: declare(["gs://b/x"]), codeEnvs: [codeEnv] }); // prettier-ignore
    await complete({ destination: folder, recordKey, status: "completed", message: "done" });
    rmSync(join(folder, event.codeEnvs![0]!.file));
    writeFileSync(join(folder, recordKey), readFileSync(join(folder, recordKey), "utf8").replace("why", "Why"));
    writeFileSync(join(folder, "provenance"), '{"sources": []}');
    const { problems } = await check(folder);
    assert.deepEqual(problems, [
      ["dropped", "gs://b/x"],
      ["missing", "host"],
      ["altered", recordKey],
    ]);
  });

  it("asks for signatures of trusted keys where such are given", async () => {
    const folder = foreignVolume();
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const keyFile = `${newFolder()}.pem`;
    writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
    const { recordKey } = await admit({ destination: folder, jobId: "j", declaration: declare(["gs://b/x"]), options: { signKeyFile: keyFile } }); // prettier-ignore
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
    assert.equal((await check(folder, { trustedKeys: [raw] })).by.signatures.state, "ok");
    const other = Buffer.alloc(32).toString("base64");
    assert.deepEqual((await check(folder, { trustedKeys: [other] })).problems, [["untrusted", recordKey]]);
    await complete({ destination: folder, recordKey, status: "completed" });
    const { problems } = await check(folder, { trustedKeys: [raw] });
    assert.deepEqual(problems.map(([what]) => what), ["unsigned"]); // prettier-ignore
  });

  it("finds the commit, and applies the patch to it, in the repository that is given", async () => {
    const repository = newFolder();
    mkdirSync(repository);
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: repository, stdio: "pipe" });
    git("init", "--quiet");
    writeFileSync(join(repository, "run.py"), "print(1)\n");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    writeFileSync(join(repository, "run.py"), "print(2)\n");
    writeFileSync(join(repository, "new.py"), "print(3)\n");
    const { codeEnvs } = await capture({ folder: repository, env: {} });
    const folder = foreignVolume();
    const own = codeEnvs.filter(({ kind, stem }) => kind === "git" && stem.startsWith("f"));
    await admit({ destination: folder, jobId: "j", declaration: declare(["gs://b/x"]), codeEnvs: own });
    const found = await check(folder, { repositories: [repository] });
    assert.match(found.by.code.summary, /^commit [0-9a-f]{12} is in .*, its patch applies$/);
    assert.match((await check(folder)).by.code.unknown.join(), /is in none of the repositories looked at/);
  });
});
