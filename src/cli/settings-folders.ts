/** The user's folders: XDG on Linux, their equals on macOS and Windows; `CIRRUS_HOME` overrides all. */
import { isAbsolute, join, resolve } from "node:path";
import envPaths from "env-paths";

export interface Folders {
  /** Machine settings: `config.json` and its kin. */
  readonly config: string;
  /** The embedded store, logs of jobs. */
  readonly state: string;
  readonly cache: string;
}

/** Makes nothing. XDG variables and the home folder are those of the process. */
export function foldersFor(env: Readonly<Record<string, string | undefined>>): Folders {
  const home = env["CIRRUS_HOME"];
  if (home) {
    const root = isAbsolute(home) ? home : resolve(home);
    return { config: join(root, "config"), state: join(root, "state"), cache: join(root, "cache") };
  }
  const { config, cache, data, log } = envPaths("cirrus", { suffix: "" });
  // env-paths calls XDG_STATE_HOME "log"; elsewhere its log folder is for logs only.
  const state = process.platform === "darwin" || process.platform === "win32" ? data : log;
  return { config, state, cache };
}
