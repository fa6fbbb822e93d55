/** The data folder of a store: made once, whole or not at all, and opened only by the PostgreSQL that it belongs to. */
import { existsSync, renameSync, rmSync } from "node:fs";
import type { PGlite } from "@electric-sql/pglite";
import { openDurable } from "./durable-pglite.js";
import { refuseOtherMajor } from "./data-version.js";
import type { StorePaths } from "./store-paths.js";
import { storeTemplate, syncFolder, unpackTemplate } from "./store-template.js";

/**
 * @param paths - the store must be locked by this process
 * @param template - what a new store begins with; where there is none, it is initialised
 * @throws CirrusError `E_STATE_VERSION` as `refuseOtherMajor` does
 */
export async function openStoreData(paths: StorePaths, template = storeTemplate): Promise<PGlite> {
  refuseOtherMajor(paths);
  if (!existsSync(paths.data)) await makeDataFolder(paths, template);
  return openDurable(paths.data);
}

/** Beside first and renamed last: a kill in the middle must not leave a folder that looks like a database. */
async function makeDataFolder(paths: StorePaths, template: URL): Promise<void> {
  rmSync(paths.unfinished, { recursive: true, force: true });
  if (existsSync(template)) await unpackTemplate(template, paths.unfinished);
  else await (await openDurable(paths.unfinished)).close();
  renameSync(paths.unfinished, paths.data);
  await syncFolder(paths.folder);
}
