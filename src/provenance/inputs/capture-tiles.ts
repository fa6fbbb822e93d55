/** The files that an ingest reads its tiles from, as an input. */
import pLimit from "p-limit";
import { messageOf } from "../../core/errors.js";
import { redactTokens } from "../../core/redact.js";
import { openStore } from "../../storage/open.js";
import type { KeyValueStore, ListedObject } from "../../storage/store.js";
import { locate } from "../../storage/url.js";
import { withList, type CapturedInput } from "./capture-inputs.js";
import { digestObjects, localBudget, type KnownDigests } from "./list-objects.js";

export interface TileFiles {
  /** Names the input for people: the plugin and where its files are. */
  readonly uri: string;
  /** Absolute paths or file URLs of tiles or of files with many, each once; perhaps a part of them. */
  readonly paths: Iterable<string>;
  /** Of all files, where `paths` is an even part. */
  readonly count?: number;
  readonly known?: KnownDigests | undefined;
}

const looksAtOnce = 32;

/** Files elsewhere than on local disks are not looked at; a missing one is left out (the ingest's policy decides about it). Never throws. */
export async function captureTiles({ uri, paths, count, known: digests }: TileFiles): Promise<CapturedInput> {
  const names = [...new Set(paths)];
  const known = { uri: redactTokens(uri), kind: "tiles" } as const;
  try {
    const files = names.map((name) => locate(name)).filter(({ scheme }) => scheme === "file");
    if (!files.length || files.length < names.length)
      return {
        input: { ...known, objects: count ?? names.length, note: "not looked at: tiles that are no local files" },
      };
    const root = commonFolder(files.map(({ path }) => path));
    const store = await openStore(root);
    try {
      const objects = await present(
        store,
        files.map(({ path }) => path.slice(root.length + 1).replaceAll("\\", "/")),
      );
      const isPart = count !== undefined && count > names.length;
      const list = await digestObjects(store, objects, {
        scope: "named",
        budget: localBudget,
        known: digests,
        ...(isPart ? { counts: count } : {}),
      });
      const note = isPart ? { note: `${names.length} of ${count} files, evenly spread` } : {};
      return withList({ ...known, url: store.url, ...note }, list);
    } finally {
      await store.close();
    }
  } catch (error) {
    return { input: { ...known, note: `not looked at: ${messageOf(error)}` } };
  }
}

/** The deepest folder that all of these absolute paths lie in. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split(/[\\/]/).slice(0, -1));
  const [first] = folders as [string[], ...string[][]]; // the caller has at least one path
  let depth = first.length;
  for (const folder of folders) while (folder.slice(0, depth).join("/") !== first.slice(0, depth).join("/")) depth--;
  return first.slice(0, depth).join("/");
}

async function present(store: KeyValueStore, keys: readonly string[]): Promise<ListedObject[]> {
  const limit = pLimit(looksAtOnce);
  const found = await Promise.all(
    keys.toSorted().map((key) =>
      limit(async () => {
        const stat = await store.stat(key);
        return stat ? [{ key, sizeBytes: stat.sizeBytes }] : [];
      }),
    ),
  );
  return found.flat();
}
