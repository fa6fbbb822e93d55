import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { decodeManifest, encodeManifest, type Manifest } from "#src/engine/manifest-format.js";
import { readIndex, writeIndex } from "#src/engine/manifest-index.js";
import {
  listManifests,
  manifestKey,
  newestManifest,
  parseManifestKey,
  readManifest,
  sha256Of,
  writeManifest,
} from "#src/engine/manifest.js";
import type { CompletedRange } from "#src/jobs/contracts.js";
import { openToyStore } from "./toy/toy-job.js";

const folder = mkdtempSync(join(tmpdir(), "cirrus-manifest-"));
after(() => rmSync(folder, { recursive: true }));
let stores = 0;
const newStore = () => openToyStore(pathToFileURL(join(folder, String(++stores))).href);

const sha256 = "0".repeat(64);
const manifest: Manifest = {
  job: "1fq2k9-x7pd",
  from: 64,
  to: 67,
  stage: 0,
  round: 1,
  tool: "cirrus 0.1.0",
  done: [
    {
      task: 64,
      chunks: [
        { key: "4_4_50/0-64_0-64_0-30", bytes: 1234, sha256 },
        { key: "4_4_50/64-128_0-64_0-30", bytes: 12, sha256, note: "background" },
      ],
      filled: [{ url: "/stack/3/0_1_0.png", reason: "missing" }],
      extra: { absent: 3 },
    },
    { task: 66, chunks: [], filled: [{ url: "/stack/4.tif", page: 7, reason: "corrupt", detail: "truncated" }] },
  ],
  failed: [{ task: 65, code: "E_TILE_MISSING", message: "no tile", names: ["/stack/3/0_2_0.png"] }],
};

describe("a manifest", () => {
  it("is lines of JSON in gzip, in the order of the tasks", () => {
    assert.equal(
      gunzipSync(encodeManifest(manifest)).toString(),
      [
        '{"type":"manifest","version":1,"job":"1fq2k9-x7pd","from":64,"to":67,"stage":0,"round":1,"tool":"cirrus 0.1.0"}',
        '{"type":"task","task":64,"chunks":2,"filled":1,"extra":{"absent":3}}',
        `{"type":"chunk","task":64,"key":"4_4_50/0-64_0-64_0-30","bytes":1234,"sha256":"${sha256}"}`,
        `{"type":"chunk","task":64,"key":"4_4_50/64-128_0-64_0-30","bytes":12,"sha256":"${sha256}","note":"background"}`,
        '{"type":"filled","task":64,"url":"/stack/3/0_1_0.png","reason":"missing"}',
        '{"type":"failed","task":65,"code":"E_TILE_MISSING","message":"no tile","names":["/stack/3/0_2_0.png"]}',
        '{"type":"task","task":66,"chunks":0,"filled":1}',
        '{"type":"filled","task":66,"url":"/stack/4.tif","page":7,"reason":"corrupt","detail":"truncated"}',
        "",
      ].join("\n"),
    );
  });

  it("comes back as it was", () => {
    assert.deepEqual(decodeManifest(encodeManifest(manifest), "k"), manifest);
  });

  it("has the same bytes each time", () => {
    assert.deepEqual(encodeManifest(manifest), encodeManifest(structuredClone(manifest)));
  });

  it("is refused when it is truncated, or lines are missing", () => {
    const bytes = encodeManifest(manifest);
    assert.throws(() => decodeManifest(bytes.subarray(0, bytes.length - 9), "the/key"), {
      code: "E_MANIFEST_INVALID",
      message: "the/key is no valid manifest: it does not unpack",
    });
    assert.throws(() => decodeManifest(Buffer.from("plain"), "k"), { code: "E_MANIFEST_INVALID" });
    const lines = gunzipSync(bytes).toString().split("\n");
    const text = lines.filter((line) => !line.includes('"note"')).join("\n");
    const changed = execFileSync("gzip", ["-c"], { input: text });
    assert.throws(() => decodeManifest(changed, "k"), {
      message: "k is no valid manifest: task 64 has 1 chunks and should have 2",
    });
  });
});

describe("manifests in a store", () => {
  it("have keys that sort by range and tell round and attempt", () => {
    const key = manifestKey("1fq2k9-x7pd", { from: 64, round: 1, attempt: 2 });
    assert.equal(key, "provenance.d/manifests/1fq2k9-x7pd/000000000064.1.2.ndjson.gz");
    assert.deepEqual(parseManifestKey(key), { from: 64, round: 1, attempt: 2 });
    assert.equal(parseManifestKey("provenance.d/manifests/1fq2k9-x7pd/index.0.ndjson.gz"), undefined);
  });

  it("are read without cirrus", async () => {
    const store = await newStore();
    const { key, sha256: digest } = await writeManifest(store, manifest, 0);
    const path = join(fileURLToPath(store.url), key);
    assert.equal(execFileSync("gzip", ["-dc", path]).toString(), gunzipSync(encodeManifest(manifest)).toString());
    assert.equal(execFileSync("sha256sum", [path]).toString().split(" ")[0], digest);
  });

  it("are written once for the same bytes, and beside each other for others", async () => {
    const store = await newStore();
    const first = await writeManifest(store, manifest, 2);
    assert.deepEqual(await writeManifest(store, manifest, 2), first);
    const better = { ...manifest, failed: [] };
    const second = await writeManifest(store, better, 2);
    assert.match(second.key, /000000000064\.1\.3\.ndjson\.gz$/);
    assert.deepEqual((await newestManifest(store, manifest.job, 64))?.failed, []);
  });

  it("are listed newest per range, in order", async () => {
    const store = await newStore();
    const names = [
      { from: 128, round: 0, attempt: 0 },
      { from: 64, round: 0, attempt: 11 },
      { from: 64, round: 1, attempt: 2 },
      { from: 64, round: 1, attempt: 10 },
      { from: 64, round: 0, attempt: 3 },
      { from: 0, round: 0, attempt: 1 },
    ];
    for (const { attempt, ...rest } of names) await writeManifest(store, { ...manifest, ...rest }, attempt);
    await writeIndex(store, { job: manifest.job, round: 1, tool: "cirrus 0.1.0" }, rangesOf([]));
    const listed = await listManifests(store, manifest.job);
    assert.deepEqual(
      listed.map(({ from, round, attempt }) => [from, round, attempt]),
      [
        [0, 0, 1],
        [64, 1, 10],
        [128, 0, 0],
      ],
    );
    assert.equal((await newestManifest(store, manifest.job, 64))?.round, 1);
    assert.equal(await newestManifest(store, manifest.job, 4), undefined);
    assert.deepEqual(await listManifests(store, "another"), []);
    await assert.rejects(readManifest(store, "provenance.d/manifests/x"), { code: "E_MANIFEST_INVALID" });
  });
});

async function* rangesOf(ranges: readonly CompletedRange[]): AsyncGenerator<CompletedRange> {
  yield* ranges;
}

const completed = (from: number): CompletedRange => ({
  from,
  to: from + 4,
  stage: 0,
  round: 0,
  outcome: {
    manifestKey: `m/${from}`,
    manifestSha256: sha256Of(Buffer.from(String(from))),
    failedTasks: 0,
    filledTiles: 1,
    chunks: 4,
    bytes: 400,
    cost: 4,
  },
});

describe("the index of manifests", () => {
  it("lists every manifest with its digest, and a digest over all", async () => {
    const store = await newStore();
    const head = { job: "job", round: 0, tool: "cirrus 0.1.0" };
    const written = await writeIndex(store, head, rangesOf([completed(0), completed(4)]));
    assert.equal(written.manifests, 2);
    assert.equal(written.key, "provenance.d/manifests/job/index.0.ndjson.gz");
    const lines = `0 ${sha256Of(Buffer.from("0"))}\n4 ${sha256Of(Buffer.from("4"))}\n`;
    assert.equal(written.treeSha256, sha256Of(Buffer.from(lines)));
    const index = await readIndex(store, written.key);
    assert.deepEqual(
      { ...index, entries: index.entries.length },
      { ...head, treeSha256: written.treeSha256, entries: 2 },
    );
    assert.deepEqual(index.entries[1], {
      from: 4,
      to: 8,
      stage: 0,
      key: "m/4",
      sha256: sha256Of(Buffer.from("4")),
      chunks: 4,
      bytes: 400,
      failedTasks: 0,
      filledTiles: 1,
    });
  });

  it("is written again with the same bytes", async () => {
    const store = await newStore();
    const head = { job: "job", round: 0, tool: "cirrus 0.1.0" };
    const first = await writeIndex(store, head, rangesOf([completed(0)]));
    assert.deepEqual(await writeIndex(store, head, rangesOf([completed(0)])), first);
  });

  it("takes a hundred thousand ranges in little memory", async () => {
    const store = await newStore();
    async function* many() {
      for (let from = 0; from < 400_000; from += 4) yield completed(from);
    }
    const before = process.memoryUsage().rss;
    const { manifests } = await writeIndex(store, { job: "job", round: 0, tool: "cirrus 0.1.0" }, many());
    assert.equal(manifests, 100_000);
    assert.ok(process.memoryUsage().rss - before < 150e6, `${(process.memoryUsage().rss - before) / 1e6} MB more`);
  });

  it("is refused when a line was changed", async () => {
    const store = await newStore();
    const { key } = await writeIndex(
      store,
      { job: "job", round: 0, tool: "t" },
      rangesOf([completed(0), completed(4)]),
    );
    const text = gunzipSync((await store.get(key))!.bytes).toString();
    await store.put(key, execFileSync("gzip", ["-c"], { input: text.replace('"from":4', '"from":5') }));
    await assert.rejects(readIndex(store, key), {
      code: "E_MANIFEST_INVALID",
      message: `${key} is no valid index of manifests: its digest does not fit its lines`,
    });
  });
});
