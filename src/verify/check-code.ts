/** Whether recorded code can be had again: its commit is in a repository, and its patch applies there. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "../core/json/value.js";
import { runGit, type GitOptions } from "../provenance/capture/run-git.js";

export interface CodeState {
  readonly state: "ok" | "problem" | "unknown";
  /** "commit 0123456789ab is in /home/me/align, its patch applies". */
  readonly detail: string;
}

export interface CodeOptions {
  /** Folders in which the commit is looked for, in this order. */
  readonly repositories: readonly string[];
  /** Fetch the commit from the recorded remote where none of them has it. */
  readonly fetch: boolean;
}

const timeoutMs = 20_000;
const fetchTimeoutMs = 120_000;

/** @param env - document of a git environment file; undefined for other kinds: there is nothing of the kind to check */
export async function checkCode(env: JsonObject, options: CodeOptions): Promise<CodeState | undefined> {
  if (env["CodeEnv type"] !== "PythonGithub") return undefined;
  const commit = textOf(env["commit hash"]);
  const remote = textOf(env.name);
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return { state: "unknown", detail: "it was not committed" };
  const scratch = await mkdtemp(join(tmpdir(), "cirrus-code-"));
  try {
    const name = `commit ${commit.slice(0, 12)}`;
    const repository = await findCommit(commit, { ...options, remote, scratch });
    if (!("folder" in repository)) return { state: "unknown", detail: `${name} ${repository.why}` };
    const found = `${name} is in ${repository.name}`;
    const patch = textOf(env.diff);
    if (patch === "") return { state: "ok", detail: found };
    const why = await patchProblem(patch, { commit, folder: repository.folder, scratch });
    return why === undefined
      ? { state: "ok", detail: `${found}, its patch applies` }
      : { state: "problem", detail: `${found}, and its patch does not apply: ${why}` };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");

interface Search extends CodeOptions {
  readonly remote: string;
  readonly scratch: string;
}

async function findCommit(
  commit: string,
  { repositories, remote, fetch, scratch }: Search,
): Promise<{ readonly folder: string; readonly name: string } | { readonly why: string }> {
  for (const folder of repositories) {
    const has = await runGit(["cat-file", "-e", `${commit}^{commit}`], { folder, timeoutMs });
    if (has.kind === "ok") return { folder, name: folder };
  }
  if (!fetch || !remote) {
    const where = remote ? `; ${remote} was not asked` : "";
    return { why: `is in none of the repositories looked at (${repositories.join(", ")})${where}` };
  }
  const folder = join(scratch, "repository");
  await runGit(["init", "--quiet", "--bare", folder], { folder: scratch, timeoutMs });
  // A remote's name comes out of a record of anybody: no option, and no transport that runs a program.
  const safe: Pick<GitOptions, "env"> = { env: { GIT_ALLOW_PROTOCOL: "https:http:ssh:git:file" } };
  const got = await runGit(["fetch", "--quiet", "--depth", "1", "--", remote, commit], {
    folder,
    timeoutMs: fetchTimeoutMs,
    ...safe,
  });
  return got.kind === "failed" ? { why: `could not be fetched from ${remote}: ${got.why}` } : { folder, name: remote };
}

interface At {
  readonly commit: string;
  readonly folder: string;
  readonly scratch: string;
}

/** Tried on an index of its own: neither the repository's nor its files are touched. */
async function patchProblem(patch: string, { commit, folder, scratch }: At): Promise<string | undefined> {
  const file = join(scratch, "patch");
  // provenance-toolbox strips the last newline, without which git calls the patch corrupt.
  await writeFile(file, patch.endsWith("\n") ? patch : `${patch}\n`);
  const at = { folder, timeoutMs, env: { GIT_INDEX_FILE: join(scratch, "index") } };
  const read = await runGit(["read-tree", commit], at);
  if (read.kind === "failed") return read.why;
  const applied = await runGit(["apply", "--cached", "--check", file], at);
  return applied.kind === "failed" ? applied.why : undefined;
}
