/** What every store promises; each driver's test calls it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import type { WritableStore } from "#src/storage/store.js";
import { readingContract, refusedKeys, text, type StoredSample, type StoreTraits } from "./reading-contract.js";

export interface StoreUnderTest {
  readonly store: WritableStore;
  release(): Promise<void>;
}

/** @param open - a fresh, empty store for each behaviour */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>, traits: StoreTraits): void {
  const withStore =
    (behaviour: (store: WritableStore) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const { store, release } = await open();
      try {
        await behaviour(store);
      } finally {
        await store.close();
        await release();
      }
    };

  const filled = async (objects: readonly StoredSample[]): Promise<StoreUnderTest> => {
    const opened = await open();
    for (const { key, bytes, contentEncoding } of objects)
      await opened.store.put(key, bytes, contentEncoding ? { contentEncoding } : {});
    return opened;
  };
  readingContract(name, filled, traits);

  describe(`the store contract: ${name}`, () => {
    it(
      "keeps the bytes of a put as they were at that moment",
      withStore(async (store) => {
        const bytes = Uint8Array.of(1, 2, 3);
        await store.put("key", bytes);
        bytes.fill(9);
        assert.deepEqual([...((await store.get("key"))?.bytes ?? [])], [1, 2, 3]);
      }),
    );

    it(
      "stores a part of a larger buffer",
      withStore(async (store) => {
        await store.put("key", new Uint8Array(Uint8Array.of(0, 1, 2, 3, 4).buffer, 1, 3));
        assert.deepEqual([...((await store.get("key"))?.bytes ?? [])], [1, 2, 3]);
      }),
    );

    it(
      "makes one object of parts, where it takes parts",
      withStore(async (store) => {
        const part = new Uint8Array(2);
        const parts = {
          byteLength: 4,
          *[Symbol.iterator]() {
            for (const value of [7, 8]) yield part.fill(value);
          },
        };
        const result = await store.putParts?.("new/key", parts);
        if (!result) return;
        const got = await store.get("new/key");
        assert.deepEqual([...(got?.bytes ?? [])], [7, 7, 8, 8]);
        assert.equal(got?.version, versionOf(result));
        await assert.rejects(async () => store.putParts!("../key", parts), { code: "E_STORE_KEY" });
      }),
    );

    it(
      "replaces an object whole and changes its version",
      withStore(async (store) => {
        const first = await store.put("key", text("first and longer"));
        const second = await store.put("key", text("second"));
        assert.equal(first.kind, "written");
        assert.equal(second.kind, "written");
        const got = await store.get("key");
        assert.equal(Buffer.from(got?.bytes ?? []).toString(), "second");
        assert.notEqual(versionOf(first), versionOf(second));
        assert.equal(got?.version, versionOf(second));
        assert.equal((await store.stat("key"))?.version, versionOf(second));
        assert.equal((await store.stat("key"))?.sizeBytes, 6);
      }),
    );

    it(
      "creates an object only where there is none when asked so",
      withStore(async (store) => {
        const first = await store.put("deep/er/key", text("first"), { ifVersion: "absent" });
        const second = await store.put("deep/er/key", text("second"), { ifVersion: "absent" });
        assert.equal(first.kind, "written");
        assert.deepEqual(second, { kind: "lost-race", current: versionOf(first) });
        assert.equal(Buffer.from((await store.get("deep/er/key"))?.bytes ?? []).toString(), "first");
        assert.equal((await store.stat("deep/er/key"))?.version, versionOf(first));
      }),
    );

    it(
      "exchanges an object only at the version that was seen",
      withStore(async (store) => {
        const first = versionOf(await store.put("key", text("1"), { ifVersion: "absent" }));
        const second = versionOf(await store.put("key", text("2"), { ifVersion: first }));
        assert.deepEqual(await store.put("key", text("3"), { ifVersion: first }), {
          kind: "lost-race",
          current: second,
        });
        assert.equal(Buffer.from((await store.get("key"))?.bytes ?? []).toString(), "2");
        await store.delete("key");
        assert.deepEqual(await store.put("key", text("4"), { ifVersion: second }), {
          kind: "lost-race",
          current: undefined,
        });
        assert.equal(await store.get("key"), undefined);
        assert.deepEqual(await store.put("none", text("5"), { ifVersion: "never-a-version" }), {
          kind: "lost-race",
          current: undefined,
        });
      }),
    );

    it(
      "gives one of many simultaneous creators the object",
      withStore(async (store) => {
        const results = await Promise.all(
          Array.from({ length: 12 }, (_, i) => store.put("d/key", text(`${i}`), { ifVersion: "absent" })),
        );
        const winners = results.flatMap((result, i) => (result.kind === "written" ? [i] : []));
        assert.equal(winners.length, 1);
        assert.equal(Buffer.from((await store.get("d/key"))?.bytes ?? []).toString(), `${winners[0]}`);
      }),
    );

    it(
      "loses no count when many add to one object",
      withStore(async (store) => {
        await Promise.all(Array.from({ length: 8 }, () => addOne(store, "count")));
        assert.equal(Buffer.from((await store.get("count"))?.bytes ?? []).toString(), "8");
      }),
    );

    it(
      "lists what begins with a prefix, a part of a name too, with sizes",
      withStore(async (store) => {
        for (const key of ["info", "4_4_50/0-1", "4_4_50/0-2", "4_4_50x/0", "8_8_50/0", "d/e/f"])
          await store.put(key, text(key));
        const list = async (prefix: string): Promise<string[]> => {
          const found: string[] = [];
          for await (const { key, sizeBytes } of store.list(prefix)) {
            assert.equal(sizeBytes, key.length);
            found.push(key);
          }
          return found.sort();
        };
        assert.deepEqual(await list(""), ["4_4_50/0-1", "4_4_50/0-2", "4_4_50x/0", "8_8_50/0", "d/e/f", "info"]);
        assert.deepEqual(await list("4_4_50/"), ["4_4_50/0-1", "4_4_50/0-2"]);
        assert.deepEqual(await list("4_4_50"), ["4_4_50/0-1", "4_4_50/0-2", "4_4_50x/0"]);
        assert.deepEqual(await list("4_4_50/0-2"), ["4_4_50/0-2"]);
        assert.deepEqual(await list("d/"), ["d/e/f"]);
        assert.deepEqual(await list("d/e/f/g"), []);
        assert.deepEqual(await list("nothing/"), []);
      }),
    );

    it(
      "names what is right below a folder, without what lies deeper",
      withStore(async (store) => {
        for (const key of ["info", "4_4_50/0-1", "4_4_50/0-2", "4_4_50x", "d/e/f", "d/g"])
          await store.put(key, text(key));
        const list = async (folder: string): Promise<string[]> => {
          const found: string[] = [];
          for await (const name of store.listNames(folder)) found.push(name);
          return found.sort();
        };
        assert.deepEqual(await list(""), ["4_4_50/", "4_4_50x", "d/", "info"]);
        assert.deepEqual(await list("d/"), ["e/", "g"]);
        assert.deepEqual(await list("4_4_50/"), ["0-1", "0-2"]);
        assert.deepEqual(await list("nothing/"), []);
      }),
    );

    it(
      "deletes, and bears that there is nothing to delete",
      withStore(async (store) => {
        await store.put("a/b", text("x"));
        await store.delete("a/b");
        await store.delete("a/b");
        await store.delete("never/there");
        assert.equal(await store.get("a/b"), undefined);
        for await (const { key } of store.list("")) assert.fail(key);
        await store.put("a", text("now a name of its own"));
        assert.equal((await store.stat("a"))?.sizeBytes, 21);
      }),
    );

    it(
      "resolves sync for objects that are there",
      withStore(async (store) => {
        await store.put("a/b/c", text("x"));
        await store.put("info", text("{}"));
        await store.sync(["a/b/c", "info"]);
        await store.sync([]);
      }),
    );

    it(
      "sweeps nothing where nothing is unfinished",
      withStore(async (store) => {
        await store.put("a", text("x"));
        assert.equal(await store.sweep("0abcde-fghj"), 0);
        assert.equal((await store.stat("a"))?.sizeBytes, 1);
      }),
    );

    for (const key of refusedKeys) {
      it(
        `refuses to write the key ${JSON.stringify(key)}`,
        withStore(async (store) => {
          const isRefused = (error: unknown): boolean => isCirrusError(error, "E_STORE_KEY");
          await assert.rejects(store.put(key, text("x")), isRefused);
          await assert.rejects(store.put(key, text("x"), { ifVersion: "absent" }), isRefused);
          await assert.rejects(store.delete(key), isRefused);
        }),
      );
    }

    if (!traits.keepsContentEncoding)
      it(
        "refuses a content encoding",
        withStore(async (store) => {
          await assert.rejects(
            store.put("a", text("not really gzip"), { contentEncoding: "gzip" }),
            (error: unknown) => !isCirrusError(error) && /Content-Encoding/.test(String(error)),
          );
        }),
      );
  });
}

/** Reads a number, adds one and puts it back, until nobody came in between. */
export async function addOne(store: WritableStore, key: string): Promise<void> {
  for (;;) {
    const seen = await store.get(key);
    const next = Number(Buffer.from(seen?.bytes ?? text("0")).toString()) + 1;
    const { kind } = await store.put(key, text(`${next}`), { ifVersion: seen?.version ?? "absent" });
    if (kind === "written") return;
  }
}

function versionOf(result: Awaited<ReturnType<WritableStore["put"]>>): string {
  assert.equal(result.kind, "written");
  return result.kind === "written" ? result.version : "";
}
