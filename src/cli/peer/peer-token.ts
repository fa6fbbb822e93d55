/** The token of a Boss server, by the Boss ingest client's order of places. The value never reaches a message, a log or a record. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CirrusError, codeOf } from "../../core/errors.js";

export interface FoundToken {
  readonly token: string;
  /** For people: "INTERN_TOKEN". */
  readonly from: string;
}

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
  if (flag !== undefined) return { token: required(flag, "--api-token"), from: "the command line" };
  const file = join(cwd, "token.json");
  const json = await textOf(file);
  if (json !== undefined) return { token: required(tokenOfJson(json), file), from: file };
  const variable = env["INTERN_TOKEN"];
  if (variable !== undefined) return { token: required(variable, "INTERN_TOKEN"), from: "INTERN_TOKEN" };
  const config = join(env["HOME"] ?? homedir(), ".intern", "intern.cfg");
  const ini = await textOf(config);
  if (ini === undefined) return undefined;
  const { parse } = await import("ini");
  return { token: required(tokenOfIni(parse(ini)), config), from: config };
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

function tokenOfJson(text: string): unknown {
  try {
    const document = JSON.parse(text) as unknown;
    return typeof document === "object" && document !== null && "token" in document ? document.token : undefined;
  } catch {
    return undefined; // told as a file that holds no token
  }
}

/** `[Default]`, else `[Project Service]`, spelled exactly so. */
function tokenOfIni(sections: Readonly<Record<string, unknown>>): unknown {
  const section = sections["Default"] ?? sections["Project Service"];
  return typeof section === "object" && section !== null && "token" in section ? section.token : undefined;
}
