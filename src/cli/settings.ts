/**
 * Machine settings: where state lives and how much of this machine a run may use. From flags, then environment, then a config
 * file found by cosmiconfig (`.cirrusrc`, `cirrus.config.json`, package.json "cirrus", ...; then the user's config folder).
 * Nothing here may change a voxel: what does belongs into the job config.
 */
import { availableParallelism, userInfo } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { CirrusError } from "../core/errors.js";
import { didYouMean } from "../core/suggest.js";
import type { StateOptions } from "../state/database.js";
import { refuseSecretUrl } from "../state/state-url.js";
import type { RecordOptions } from "../provenance/signing.js";
import { findConfigFile } from "./settings-file.js";
import { settingNames, type SettingKey } from "./setting-names.js";
import { foldersFor, type Folders } from "./settings-folders.js";
import { parseMemory, parseProcesses, parseStateUrl, parseWebUrl } from "./settings-values.js";

export interface MachineSettings {
  /** PostgreSQL; undefined: the embedded store in `folders.state`. May hold a password: never print it. */
  readonly stateUrl: string | undefined;
  readonly folders: Folders;
  /** Worker processes of a run. Default: one per core. */
  readonly processes: number;
  /** Of all workers together. undefined: the engine's default. */
  readonly memoryBytes: number | undefined;
  /** Written into jobs. */
  readonly owner: string;
  readonly gcsEndpoint: string | undefined;
  readonly gcsKeyFile: string | undefined;
  readonly s3Endpoint: string | undefined;
  readonly signKey: string | undefined;
  /** The config file that was read. */
  readonly file: string | undefined;
}

/** From text; paths are relative to `folder`. Each throws a RangeError for people. */
const parsers = {
  state: parseStateUrl,
  processes: parseProcesses,
  memory: parseMemory,
  owner: (text: string) => text,
  gcsEndpoint: parseWebUrl,
  gcsKeyFile: (text: string, folder: string) => resolve(folder, text),
  s3Endpoint: parseWebUrl,
  signKey: (text: string, folder: string) => resolve(folder, text),
} satisfies Record<SettingKey, (text: string, folder: string) => unknown>;

type Value<K extends SettingKey> = ReturnType<(typeof parsers)[K]>;

const text = z.string().min(1, "is empty");
const fileSchema = z
  .strictObject({
    state: text,
    processes: z.union([z.int(), text]),
    memory: text,
    owner: text,
    gcsEndpoint: text,
    gcsKeyFile: text,
    s3Endpoint: text,
    signKey: text,
  })
  .partial();

export interface SettingsInput {
  /** Options by their camelCase names, as typed; others than ours are not looked at. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * @throws CirrusError `E_USAGE` (a bad flag), `E_CONFIG_INVALID` (a bad variable or config file, named), `E_STATE_SECRET` (a
 *   password in `--state`: other users see it in the process list)
 */
export async function loadSettings({ flags, env, cwd }: SettingsInput): Promise<MachineSettings> {
  const folders = foldersFor(env);
  const found = await findConfigFile(cwd, folders.config);
  const fromFile = found ? checkFile(found.file, found.content) : {};
  const value = <K extends SettingKey>(name: K): Value<K> | undefined => {
    const { variable, flag } = settingNames[name];
    // TypeScript does not see that a member of a mapped type by a generic key gives that key's value.
    const parse = parsers[name] as (text: string, folder: string) => Value<K>;
    const typed = flags[name];
    if (typeof typed === "string") {
      const settled = parsed(() => parse(typed, cwd), "E_USAGE", flag);
      if (name === "state") refuseSecretUrl(typed);
      return settled;
    }
    const exported = env[variable];
    if (exported) return parsed(() => parse(exported, cwd), "E_CONFIG_INVALID", `environment variable ${variable}`);
    const written = fromFile[name];
    if (found === undefined || written === undefined) return undefined;
    return parsed(() => parse(String(written), found.folder), "E_CONFIG_INVALID", `${found.file}: "${name}"`);
  };
  return Object.freeze({
    stateUrl: value("state"),
    folders,
    processes: value("processes") ?? availableParallelism(),
    memoryBytes: value("memory"),
    owner: value("owner") ?? userName(env),
    gcsEndpoint: value("gcsEndpoint") ?? emulatorEndpoint(env),
    gcsKeyFile: value("gcsKeyFile"),
    s3Endpoint: value("s3Endpoint"),
    signKey: value("signKey"),
    file: found?.file,
  });
}

/** Where jobs and their queue are. */
export const stateOptions = ({ stateUrl, folders }: MachineSettings): StateOptions =>
  stateUrl === undefined ? { folder: folders.state } : { url: stateUrl, folder: folders.state };

/** What a bucket needs, and what records are signed with. */
export const storeOptions = ({ gcsEndpoint, gcsKeyFile, s3Endpoint, signKey }: MachineSettings): RecordOptions => ({
  ...(signKey === undefined ? {} : { signKeyFile: signKey }),
  ...(gcsEndpoint === undefined ? {} : { endpoint: gcsEndpoint }),
  ...(gcsKeyFile === undefined ? {} : { keyFile: gcsKeyFile }),
  ...(s3Endpoint === undefined ? {} : { s3Endpoint }),
});

function parsed<T>(parse: () => T, code: "E_USAGE" | "E_CONFIG_INVALID", where: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CirrusError(code, `${where}: ${error.message}`, { hint: "see `cirrus help`" });
  }
}

/** Every problem at once, each with its key. */
function checkFile(file: string, content: unknown): z.infer<typeof fileSchema> {
  const result = fileSchema.safeParse(content);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((name) => `unknown key "${name}"${didYouMean(name, Object.keys(settingNames))}`)
      : [`${issue.path.length ? `"${issue.path.join(".")}": ` : ""}${issue.message}`],
  );
  throw new CirrusError("E_CONFIG_INVALID", `${file}: ${problems.join("\n")}`, {
    hint: `machine settings are ${Object.keys(settingNames).join(", ")}`,
    context: { file, problems },
  });
}

/** The variable of Google's other clients, which its Node client gets wrong: host and port, perhaps with the API's path. */
function emulatorEndpoint(env: SettingsInput["env"]): string | undefined {
  const given = env["STORAGE_EMULATOR_HOST"];
  if (!given) return undefined;
  const url = given.includes("://") ? given : `http://${given}`;
  return parsed(
    () => parseWebUrl(url.replace(/\/storage\/v1\/?$/, "")),
    "E_CONFIG_INVALID",
    "environment variable STORAGE_EMULATOR_HOST",
  );
}

function userName(env: SettingsInput["env"]): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in many containers.
    return env["USER"] || env["USERNAME"] || "unknown";
  }
}
