/** What every store promises to readers, web servers too; store-contract.ts has the rest. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import type { KeyValueStore } from "#src/storage/store.js";

export interface FilledStore {
  readonly store: KeyValueStore;
  release(): Promise<void>;
}

export interface StoredSample {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentEncoding?: "gzip";
}

export interface StoreTraits {
  readonly keepsContentEncoding: boolean;
}

/** @param open - a fresh store that holds these objects and no other */
export function readingContract(
  name: string,
  open: (objects: readonly StoredSample[]) => Promise<FilledStore>,
  traits: StoreTraits,
): void {
  const withStore =
    (objects: readonly StoredSample[], behaviour: (store: KeyValueStore) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const { store, release } = await open(objects);
      try {
        await behaviour(store);
      } finally {
        await store.close();
        await release();
      }
    };

  describe(`the reading contract: ${name}`, () => {
    const binary = Uint8Array.from({ length: 256 }, (_, i) => i);
    it(
      "gives back the stored bytes, also empty ones and binary ones",
      withStore(
        [
          { key: "4_4_50/0-64_0-64_0-64", bytes: binary },
          { key: "empty", bytes: new Uint8Array(0) },
        ],
        async (store) => {
          assert.deepEqual([...((await store.get("4_4_50/0-64_0-64_0-64"))?.bytes ?? [])], [...binary]);
          assert.equal((await store.get("empty"))?.bytes.length, 0);
          assert.equal((await store.stat("empty"))?.sizeBytes, 0);
        },
      ),
    );

    it(
      "answers undefined for what is not there, also below an object and above one",
      withStore([{ key: "a/b", bytes: text("x") }], async (store) => {
        for (const key of ["missing", "a", "a/b/c", "missing/deep"]) {
          assert.equal(await store.get(key), undefined, key);
          assert.equal(await store.stat(key), undefined, key);
          assert.equal(await store.getRange(key, { offset: 0, length: 1 }), undefined, key);
        }
      }),
    );

    it(
      "reads ranges, fewer bytes at the end and none after it",
      withStore([{ key: "key", bytes: text("0123456789") }], async (store) => {
        const range = async (offset: number, length: number): Promise<string> =>
          Buffer.from((await store.getRange("key", { offset, length })) ?? text("missing")).toString();
        assert.equal(await range(2, 3), "234");
        assert.equal(await range(0, 10), "0123456789");
        assert.equal(await range(8, 100), "89");
        assert.equal(await range(10, 5), "");
        assert.equal(await range(1000, 5), "");
        assert.equal(await range(3, 0), "");
      }),
    );

    it(
      "tells size and version alike, whole or not, and takes names with odd characters",
      withStore([{ key: "d/Zürich #1 100%?.json", bytes: text("{}") }], async (store) => {
        const got = await store.get("d/Zürich #1 100%?.json");
        const stat = await store.stat("d/Zürich #1 100%?.json");
        assert.equal(Buffer.from(got?.bytes ?? []).toString(), "{}");
        assert.deepEqual(stat, { sizeBytes: 2, version: got?.version });
        assert.ok(got?.version);
      }),
    );

    for (const key of refusedKeys) {
      it(
        `refuses to read the key ${JSON.stringify(key)}`,
        withStore([], async (store) => {
          const isRefused = (error: unknown): boolean => isCirrusError(error, "E_STORE_KEY");
          await assert.rejects(store.get(key), isRefused);
          await assert.rejects(store.getRange(key, { offset: 0, length: 1 }), isRefused);
          await assert.rejects(store.stat(key), isRefused);
        }),
      );
    }

    if (traits.keepsContentEncoding)
      it(
        "keeps the content encoding and gives stored bytes",
        withStore([{ key: "a", bytes: text("not really gzip"), contentEncoding: "gzip" }], async (store) => {
          const got = await store.get("a");
          assert.equal(got?.contentEncoding, "gzip");
          assert.equal(Buffer.from(got?.bytes ?? []).toString(), "not really gzip");
          assert.equal((await store.stat("a"))?.contentEncoding, "gzip");
        }),
      );
  });
}

export const refusedKeys: readonly string[] = [
  "",
  "/a",
  "a/",
  "a//b",
  "..",
  "../a",
  "a/../b",
  "a/..",
  "./a",
  "a\\b",
  ".cirrus-tmp/x",
  "a\0b",
];

export const text = (characters: string): Uint8Array => Buffer.from(characters);
