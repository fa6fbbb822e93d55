/** Who runs this: told by the environment, else what git knows. */
import { hostname, userInfo } from "node:os";
import type { Who } from "../model/event.js";
import { gitText } from "./run-git.js";

/** Never throws; a member that nobody knows is left out. */
export async function captureWho(folder: string, env: NodeJS.ProcessEnv): Promise<Who> {
  const config = await gitText(["config", "--get-regexp", String.raw`^user\.(name|email)$`], { folder });
  // The last line of a name counts: git prints the system's, the user's, then the repository's.
  const known = new Map(
    (config ?? "").split("\n").map((line) => [line.split(" ")[0], line.split(" ").slice(1).join(" ")]),
  );
  return withoutBlanks({
    name: env.CIRRUS_USER_NAME || env.GIT_AUTHOR_NAME || known.get("user.name"),
    email: env.CIRRUS_USER_EMAIL || env.GIT_AUTHOR_EMAIL || known.get("user.email"),
    orcid: env.CIRRUS_ORCID,
    user: account(env),
    host: hostname(),
  });
}

/** A container may run under a number that has no account. */
function account(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return env.USER;
  }
}

const withoutBlanks = (fields: Readonly<Record<keyof Who, string | undefined>>): Who =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
