/** Opens the state: PostgreSQL when a URL is given, else the embedded store of the state folder. */
import type { Database, StateOptions } from "./database.js";

/**
 * Resolves once a first statement can be sent. On the first use of a folder that takes about a second, later half of it (the store
 * process starts), hence: open it while something else is being done.
 *
 * @throws CirrusError `E_STATE_UNAVAILABLE` when nothing answers, `E_STATE_ELSEWHERE` when another host owns the folder,
 *   `E_STATE_FILESYSTEM` on a network file system, `E_STATE_VERSION` for data of another major version
 */
export async function openDatabase(options: StateOptions): Promise<Database> {
  if (options.url !== undefined) {
    const { openPostgres } = await import("./postgres-database.js");
    return openPostgres(options.url);
  }
  const { openEmbedded } = await import("./embedded-database.js");
  return openEmbedded(options.folder, options.idleMs ?? idleMsFromEnvironment());
}

/** Long enough that a person's next command finds the store running, short enough that nobody has to stop it. */
const defaultIdleMs = 10_000;

function idleMsFromEnvironment(): number {
  const given = Number(process.env["CIRRUS_STORE_IDLE_MS"] || defaultIdleMs);
  return Number.isFinite(given) && given >= 0 ? given : defaultIdleMs;
}
