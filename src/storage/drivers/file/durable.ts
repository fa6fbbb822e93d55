/** Makes files survive a power loss: their bytes, and the names of them and of the folders above. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { CirrusError } from "../../../core/errors.js";
import { hasCode, storeError } from "./errors.js";

/** A flush that takes no longer than this did not wait for a disk: the next one need not be given to a thread, which costs ten times as much. */
const memoryMs = 0.2;

/** Each waits for the disk, not for a core; libuv runs as many at once as it has threads (4 unless told). */
const concurrency = 16;

const onWindows = process.platform === "win32"; // flushes only what is open for writing, and knows no flush of folders

/**
 * @param root - folder of the store; the folders above it are flushed too, as far as they may be opened
 * @param keys - files below it
 * @throws CirrusError `E_DESTINATION_UNWRITABLE` when a file is gone
 */
export async function flush(root: string, keys: readonly string[]): Promise<void> {
  const paths = keys.map((key) => `${root}/${key}`);
  await each(paths.slice(flushQuickly(paths)), flushFile);
  if (onWindows) return;
  const folders = new Set(keys.flatMap((key) => foldersAbove(key)));
  await each([...folders], (folder) => flushPath(folder === "" ? root : `${root}/${folder}`, "r"));
}

/** Called once per store: the folders that name the root do not change later. */
export async function flushAncestors(root: string): Promise<void> {
  if (onWindows) return;
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    try {
      await flushPath(folder, "r");
    } catch (error) {
      // Folders that are not ours to open were not made by us either.
      if (!hasCode(error, "EACCES", "EPERM", "EINVAL", "EROFS")) throw storeError(error, "write", folder);
    }
    if (dirname(folder) === folder) return;
  }
}

/** Flushes files on this thread for as long as that waits for nothing. @returns how many */
function flushQuickly(paths: readonly string[]): number {
  let done = 0;
  for (let isQuick = true; isQuick && done < paths.length; done++) {
    const begun = performance.now();
    try {
      const file = openSync(paths[done]!, fileFlags);
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw flushError(error, paths[done]!);
    }
    isQuick = performance.now() - begun < memoryMs;
  }
  return done;
}

const fileFlags = onWindows ? "r+" : "r";

async function flushFile(path: string): Promise<void> {
  try {
    await flushPath(path, fileFlags);
  } catch (error) {
    throw flushError(error, path);
  }
}

function flushError(error: unknown, path: string): unknown {
  if (!hasCode(error, "ENOENT")) return storeError(error, "write", path);
  return new CirrusError("E_DESTINATION_UNWRITABLE", `${path} was written, but is gone: another program removed it`, {
    cause: error,
  });
}

async function flushPath(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `a/b/c` to `a/b`, `a` and the root. */
function foldersAbove(key: string): string[] {
  const parts = key.split("/").slice(0, -1);
  return ["", ...parts.map((_, i) => parts.slice(0, i + 1).join("/"))];
}

async function each<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < items.length) await act(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, line));
}
