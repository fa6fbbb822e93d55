/** Volumes below a folder or bucket prefix, found by names alone: no chunk is listed. */
import { openStore } from "../../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../../storage/store.js";
import { locate } from "../../storage/url.js";

export interface FoundVolume {
  /** Normalised. */
  readonly url: string;
  readonly format: "precomputed" | "zarr" | "n5" | "unknown";
}

export interface FindOptions {
  readonly store?: StoreOptions;
  /** Folders below the prefix that are entered; default 6. */
  readonly depth?: number;
}

/**
 * The prefix itself, or what lies below it; nothing is looked for inside a volume. `unknown`: records of provenance without a volume's
 * metadata.
 *
 * @throws CirrusError `E_STORE_UNLISTABLE` on web servers; errors of the store
 */
export async function findVolumes(
  prefix: string,
  { store: options = {}, depth = 6 }: FindOptions = {},
): Promise<FoundVolume[]> {
  const store = await openStore(prefix, options);
  try {
    const found: FoundVolume[] = [];
    let folders = [""];
    for (let level = 0; level <= depth && folders.length > 0; level++) {
      const looks = await inBatches(folders, (folder) => look(store, folder));
      for (const { folder, names } of looks) {
        const format = formatOf(names);
        if (format) found.push({ url: urlOf(store.url, folder), format });
      }
      folders = looks.flatMap(({ folder, names }) =>
        formatOf(names) ? [] : [...names].filter(isEntered).map((name) => folder + name),
      );
    }
    return found.sort((a, b) => (a.url < b.url ? -1 : 1));
  } finally {
    await store.close();
  }
}

/** Requests at once: buckets are far away. */
const looksAtOnce = 16;

async function inBatches<Item, Result>(items: readonly Item[], act: (item: Item) => Promise<Result>) {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += looksAtOnce)
    results.push(...(await Promise.all(items.slice(i, i + looksAtOnce).map(act))));
  return results;
}

async function look(store: KeyValueStore, folder: string) {
  const names = new Set<string>();
  for await (const name of store.listNames(folder)) names.add(name);
  return { folder, names };
}

function formatOf(names: ReadonlySet<string>): FoundVolume["format"] | undefined {
  if (names.has("info") || names.has("info.gz")) return "precomputed";
  if ([".zarray", ".zgroup", "zarr.json"].some((name) => names.has(name))) return "zarr";
  if (names.has("attributes.json")) return "n5";
  return names.has("provenance") || names.has("provenance.d/") ? "unknown" : undefined;
}

/** Names that begin with a dot are of tools; those that no key may have cannot be volumes. */
const isEntered = (name: string): boolean => name.endsWith("/") && !/^\.|[\\?#|]/.test(name);

/** @param folder - "" or a path that ends with `/` */
function urlOf(root: string, folder: string): string {
  if (folder === "") return root;
  const { scheme, path } = locate(root);
  return locate(`${scheme === "file" ? path : root}/${folder.slice(0, -1)}`).url;
}
