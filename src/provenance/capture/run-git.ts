/** Runs git so that it asks nothing, changes nothing, starts no program of the repository's choosing, and ends in time. */
import { execFile, type ExecFileException } from "node:child_process";

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
export function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { folder, timeoutMs = 3000, limitBytes = 2 ** 20, env, settings = [] } = options;
  const flags = [...safeSettings, ...settings].flatMap((setting) => ["-c", setting]);
  return new Promise((resolve) => {
    const child = execFile(
      "git",
      [...flags, ...args],
      {
        cwd: folder,
        env: { ...process.env, ...env, GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
        timeout: timeoutMs,
        maxBuffer: limitBytes,
        encoding: "buffer",
      },
      (error, stdout, stderr) => {
        if (!error) resolve({ kind: "ok", bytes: stdout });
        else if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") resolve({ kind: "cut", bytes: stdout });
        else resolve({ kind: "failed", why: whyOf(error, stderr) });
      },
    );
    child.stdin?.on("error", () => {}).end(); // it may have ended before
  });

  function whyOf(error: ExecFileException, stderr: Buffer): string {
    if (error.code === "ENOENT") return "git or the folder is not there";
    if (error.killed) return `git ${args[0]} took longer than ${timeoutMs} ms`;
    return stderr.toString().trim().split("\n")[0] || `git ${args[0]} failed`;
  }
}

/** Output as text without its last newline; undefined when git failed. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string | undefined> {
  const result = await runGit(args, options);
  return result.kind === "failed" ? undefined : Buffer.from(result.bytes).toString().replace(/\n$/, "");
}
