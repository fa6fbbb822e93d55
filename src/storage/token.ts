/** The token of a server, by the Boss ingest client's order of places. The value never reaches a message, a log or a record. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CirrusError, codeOf } from "../core/errors.js";

export interface FoundToken {
  readonly token: string;
  /** For people: "INTERN_TOKEN". */
  readonly from: string;
  /** The only server that it is for, `host` or `host:port`, where the place names one: `host` beside it, or INTERN_HOST. */
  readonly host: string | undefined;
}

/** Hands the command line's token to the processes of its run. */
export const typedTokenVariable = "CIRRUS_API_TOKEN";

export interface TokenPlaces {
  /** Of the command line. */
  readonly flag: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Command line, then token.json in the current folder, then INTERN_TOKEN, then ~/.intern/intern.cfg: the first that is there counts.
 *
 * @returns undefined when none of them is there
 * @throws CirrusError `E_USAGE` for an empty token, and for a file that holds none: a wrong place shall not be passed over
 */
export async function findToken({ flag, cwd, env }: TokenPlaces): Promise<FoundToken | undefined> {
  const named = env["INTERN_HOST"] || undefined;
  const typed = flag ?? env[typedTokenVariable];
  if (typed !== undefined) return { token: required(typed, "--api-token"), from: "the command line", host: named };
  const file = join(cwd, "token.json");
  const json = await textOf(file);
  if (json !== undefined) {
    const { token, host } = membersOf(json);
    return { token: required(token, file), from: file, host: hostOr(host, named) };
  }
  const variable = env["INTERN_TOKEN"];
  if (variable !== undefined) return { token: required(variable, "INTERN_TOKEN"), from: "INTERN_TOKEN", host: named };
  const config = join(env["HOME"] ?? homedir(), ".intern", "intern.cfg");
  const ini = await textOf(config);
  if (ini === undefined) return undefined;
  const { parse } = await import("ini");
  const { token, host } = sectionOf(parse(ini));
  return { token: required(token, config), from: config, host: hostOr(host, named) };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return undefined;
    throw new CirrusError("E_USAGE", `cannot read ${path}: ${codeOf(cause) ?? "unknown error"}`, { cause });
  }
}

function required(token: unknown, from: string): string {
  if (typeof token === "string" && token.trim() !== "") return token.trim();
  throw new CirrusError("E_USAGE", `${from} holds no token`, { hint: `put one there, or take it away` });
}

const hostOr = (host: unknown, named: string | undefined): string | undefined =>
  typeof host === "string" && host.trim() !== "" ? host.trim() : named;

interface Members {
  readonly token?: unknown;
  readonly host?: unknown;
}

function membersOf(text: string): Members {
  try {
    const document = JSON.parse(text) as unknown;
    return typeof document === "object" && document !== null ? document : {};
  } catch {
    return {}; // told as a file that holds no token
  }
}

/** `[Default]`, else `[Project Service]`, spelled exactly so. */
function sectionOf(sections: Readonly<Record<string, unknown>>): Members {
  const section = sections["Default"] ?? sections["Project Service"];
  return typeof section === "object" && section !== null ? section : {};
}
