/** Walks a folder as a list of keys. */
import { opendir, realpath } from "node:fs/promises";
import { tempPrefix } from "../../keys.js";
import { statLocal } from "../../local-reads.js";
import type { ListedObject } from "../../store.js";
import { isMissing, storeError } from "./errors.js";

/** Every file below `root` whose path relative to it starts with `prefix`; not those of unfinished writes. */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  yield* walk(root, folder, prefix);
}

/** Names in a folder, those of folders with a `/` behind; not those of unfinished writes. */
export async function* listFolder(root: string, folder: string): AsyncGenerator<string> {
  const entries = await present(`${root}/${folder}`, (path) => opendir(path));
  if (!entries) return;
  for await (const entry of entries) {
    if ((folder + entry.name).startsWith(tempPrefix)) continue;
    const path = `${root}/${folder}${entry.name}`;
    const stats = entry.isSymbolicLink() ? await present(path, statLocal) : entry;
    if (stats?.isFile()) yield entry.name;
    else if (stats?.isDirectory() && !(entry.isSymbolicLink() && (await leadsUp(path)))) yield `${entry.name}/`;
  }
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<ListedObject> {
  const entries = await present(`${root}/${folder}`, (path) => opendir(path));
  if (!entries) return;
  for await (const entry of entries) {
    const key = folder + entry.name;
    const path = `${root}/${key}`;
    if (!key.startsWith(prefix) && !prefix.startsWith(`${key}/`)) continue;
    if (key.startsWith(tempPrefix)) continue;
    const isLoop = entry.isSymbolicLink() && (await leadsUp(path));
    if (isLoop) continue;
    const stats = entry.isDirectory() ? undefined : await present(path, statLocal);
    if (stats?.isFile()) yield { key, sizeBytes: stats.size };
    else if (entry.isDirectory() || stats?.isDirectory()) yield* walk(root, `${key}/`, prefix);
  }
}

/** Links are followed, except one to a folder that it lies in. */
async function leadsUp(path: string): Promise<boolean> {
  const target = await present(path, (at) => realpath(at));
  const own = await realpath(path.slice(0, path.lastIndexOf("/")));
  return target !== undefined && `${own}/`.startsWith(`${target}/`);
}

/** undefined when it vanished, or was never there. */
async function present<Result>(path: string, read: (path: string) => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storeError(error, "read", path);
  }
}
