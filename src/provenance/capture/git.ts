/** The git repository that a folder is in: where it comes from, which commit, and every change since. */
import { basename } from "node:path";
import { redactTokens } from "../../core/redact.js";
import type { GitFacts } from "../model/code-env.js";
import { capturePatch } from "./patch.js";
import { gitText, runGit } from "./run-git.js";

export type GitCapture =
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "found"; readonly root: string; readonly facts: GitFacts };

/** Never throws. `none`: no repository there, or a bare one. Works without a remote and before the first commit. */
export async function captureGit(folder: string): Promise<GitCapture> {
  const top = await runGit(["rev-parse", "--show-toplevel", "--absolute-git-dir"], { folder });
  if (top.kind === "failed") {
    const isNone = /not a git repository|must be run in a work tree/.test(top.why);
    return isNone ? { kind: "none" } : { kind: "failed", why: top.why };
  }
  const [root, gitFolder] = Buffer.from(top.bytes).toString().trimEnd().split("\n") as [string, string];
  const at = { folder: root };
  const [status, remotes, tag] = await Promise.all([
    runGit(["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"], at),
    gitText(["config", "--get-regexp", String.raw`^remote\..*\.url$`], at),
    gitText(["describe", "--tags", "--exact-match"], at),
  ]);
  if (status.kind === "failed") return { kind: "failed", why: status.why };
  const state = readStatus(Buffer.from(status.bytes).toString());
  const { commit, branch, isDirty } = state;
  const changes = isDirty ? await capturePatch({ root, gitFolder, commit }) : { patch: "", leftOut: [], problems: [] };
  const { patch, leftOut } = changes;
  const remoteUrl = withoutCredentials(remoteOf(remotes ?? ""));
  const problems = [...state.problems, ...changes.problems];
  const facts = {
    remoteUrl,
    folderName: basename(root),
    commit,
    branch,
    tag: tag || null,
    isDirty,
    patch,
    leftOut,
    problems,
  };
  return { kind: "found", root, facts };
}

interface Status {
  readonly commit: string;
  readonly branch: string | null;
  readonly isDirty: boolean;
  readonly problems: readonly string[];
}

/** @see git-status(1), "Porcelain Format Version 2": entries end in NUL, and a rename has its old path as one more */
function readStatus(text: string): Status {
  const entries = text.split("\0").filter(Boolean);
  const header = (name: string): string | undefined =>
    entries.find((entry) => entry.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const oid = header("oid");
  const head = header("head");
  const changes = entries.filter((entry) => /^[12u?] /.test(entry));
  const problems = changes
    .filter((entry) => /^[12] \S\S S.(?:M.|.U) /.test(entry))
    .map(
      (entry) => `the submodule ${entry.split(" ").slice(8).join(" ")} has changes of its own that are not recorded`,
    );
  return {
    commit: oid === undefined || oid === "(initial)" ? "" : oid,
    branch: head === undefined || head === "(detached)" ? null : head,
    isDirty: changes.length > 0,
    problems,
  };
}

/** @param config - lines `remote.<name>.url <url>` */
function remoteOf(config: string): string {
  const remotes = config
    .split("\n")
    .flatMap((line) => [/^remote\.(.*)\.url (.*)$/.exec(line)?.slice(1, 3) ?? []])
    .filter(([name]) => name !== undefined);
  return (remotes.find(([name]) => name === "origin") ?? remotes[0])?.[1] ?? "";
}

/** All of `user:password@` goes, as a token may be the user; but for ssh, whose user says how to connect. */
function withoutCredentials(url: string): string {
  const stripped = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i, (_, scheme: string, userInfo: string) =>
    /ssh/i.test(scheme) ? `${scheme}${userInfo.split(":")[0]}@` : scheme,
  );
  return redactTokens(stripped);
}
