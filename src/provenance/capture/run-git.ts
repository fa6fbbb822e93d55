/** Runs git so that it asks nothing, changes nothing, starts no program of the repository's choosing, and ends in time. */
import { execa } from "execa";

export interface GitOptions {
  readonly folder: string;
  readonly timeoutMs?: number;
  /** Bytes of output kept at most. */
  readonly limitBytes?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: readonly string[];
}

export type GitResult =
  | { readonly kind: "ok"; readonly bytes: Uint8Array }
  /** There was more than `limitBytes`. */
  | { readonly kind: "cut"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly why: string };

const safeSettings = [
  "core.fsmonitor=false",
  "core.quotePath=false",
  "diff.external=",
  "diff.noprefix=false",
  "diff.mnemonicPrefix=false",
];

/** Never throws; nothing is trimmed. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { folder, timeoutMs = 3000, limitBytes = 2 ** 20, env, settings = [] } = options;
  const result = await execa(
    "git",
    [...[...safeSettings, ...settings].flatMap((setting) => ["-c", setting]), ...args],
    {
      cwd: folder,
      env: { ...env, GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
      timeout: timeoutMs,
      maxBuffer: limitBytes,
      encoding: "buffer",
      stripFinalNewline: false,
      stdin: "ignore",
      reject: false,
    },
  );
  if (result.isMaxBuffer) return { kind: "cut", bytes: result.stdout };
  if (!result.failed) return { kind: "ok", bytes: result.stdout };
  if (result.timedOut) return { kind: "failed", why: `git ${args[0]} took longer than ${timeoutMs} ms` };
  if (result.code === "ENOENT") return { kind: "failed", why: "git or the folder is not there" };
  const stderr = Buffer.from(result.stderr ?? [])
    .toString()
    .trim();
  return { kind: "failed", why: stderr.split("\n")[0] || `git ${args[0]} failed` };
}

/** Output as text without its last newline; undefined when git failed. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string | undefined> {
  const result = await runGit(args, options);
  return result.kind === "failed" ? undefined : Buffer.from(result.bytes).toString().replace(/\n$/, "");
}
