/** The data folder on disk belongs to one major version of PostgreSQL. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CirrusError } from "../core/errors.js";
import type { StorePaths } from "./store-paths.js";

/** Of the PostgreSQL in PGlite 0.5.8. */
const postgresMajor = "18";

/** @throws CirrusError `E_STATE_VERSION` when the data on disk is of another major version of PostgreSQL */
export function refuseOtherMajor(paths: StorePaths): void {
  const versionFile = join(paths.data, "PG_VERSION");
  if (!existsSync(versionFile)) return;
  const found = readFileSync(versionFile, "utf8").trim();
  if (found === postgresMajor) return;
  throw new CirrusError(
    "E_STATE_VERSION",
    `the store in ${paths.folder} holds data of PostgreSQL ${found}; this cirrus opens PostgreSQL ${postgresMajor}`,
    {
      hint: `dump it with the cirrus version that made it (its PostgreSQL ${found} can), move the folder away, and restore into a new one`,
    },
  );
}
