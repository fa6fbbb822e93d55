/** Staged, unstaged and untracked changes of a working tree as one patch that `git apply` takes. */
import { createHash } from "node:crypto";
import { copyFile, lstat, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { codeOf, messageOf } from "../../core/errors.js";
import { redactTokens } from "../../core/redact.js";
import type { GitFacts, LeftOutFile } from "../model/code-env.js";
import { runGit, type GitResult } from "./run-git.js";

/** Larger untracked files are data rather than code. */
const fileLimitBytes = 256 * 1024;
const untrackedLimitBytes = 2 ** 20;
const untrackedLimitFiles = 500;
const patchLimitBytes = 4 * 2 ** 20;
/** What is left out is named by digest as long as that is quick. */
const digestLimitBytes = 32 * 2 ** 20;
const namedLimit = 100;

/** The tree without files: a commit that does not exist yet is compared with it. SHA-1 repositories only. */
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

interface WorkingTree {
  readonly root: string;
  readonly gitFolder: string;
  readonly commit: string;
}
type Changes = Pick<GitFacts, "patch" | "leftOut" | "problems">;

/** Never throws: what cannot be captured is said in `problems`. The repository's index is not touched. */
export async function capturePatch(tree: WorkingTree): Promise<Changes> {
  let scratch: string | undefined;
  try {
    scratch = await mkdtemp(join(tmpdir(), "cirrus-patch-"));
    const untracked = await chooseUntracked(tree.root);
    const { patch, problems } = await diff(tree, scratch, untracked.embedded);
    return { patch, leftOut: untracked.leftOut, problems: [...untracked.problems, ...problems] };
  } catch (error) {
    return { patch: "", leftOut: [], problems: [`the changes could not be captured: ${messageOf(error)}`] };
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

interface Untracked {
  readonly embedded: readonly string[];
  readonly leftOut: readonly LeftOutFile[];
  readonly problems: readonly string[];
}

async function chooseUntracked(root: string): Promise<Untracked> {
  const listed = await runGit(["ls-files", "--others", "--exclude-standard", "-z"], { folder: root });
  if (listed.kind === "failed") return { embedded: [], leftOut: [], problems: [listed.why] };
  const paths = Buffer.from(listed.bytes).toString().split("\0").filter(Boolean);
  const isMore = listed.kind === "cut" || paths.length > untrackedLimitFiles;
  const looked = await Promise.all(paths.slice(0, untrackedLimitFiles).map((path) => look(root, path)));
  looked.sort((a, b) => a.sizeBytes - b.sizeBytes);
  const embedded: string[] = [];
  const others: Looked[] = [];
  let total = 0;
  for (const file of looked) {
    const isSmall = file.sizeBytes <= fileLimitBytes && total + file.sizeBytes <= untrackedLimitBytes;
    if (file.why === undefined && isSmall) {
      embedded.push(file.path);
      total += file.sizeBytes;
    } else others.push(file);
  }
  const leftOut = await nameLeftOut(root, others);
  const unnamed = (isMore ? paths.length - untrackedLimitFiles : 0) + others.length - leftOut.length;
  const problems =
    unnamed > 0 || listed.kind === "cut"
      ? [`${listed.kind === "cut" ? "at least " : ""}${unnamed} more untracked files are not recorded`]
      : [];
  return { embedded, leftOut, problems };
}

interface Looked {
  readonly path: string;
  readonly sizeBytes: number;
  /** Why it may not be embedded whatever its size. */
  readonly why?: LeftOutFile["why"];
}

async function look(root: string, path: string): Promise<Looked> {
  if (path.endsWith("/")) return { path, sizeBytes: 0, why: "a repository of its own" };
  try {
    const stat = await lstat(join(root, path));
    if (!stat.isFile() && !stat.isSymbolicLink()) return { path, sizeBytes: 0, why: "unreadable" };
    return looksSecret(path) ? { path, sizeBytes: stat.size, why: "looks secret" } : { path, sizeBytes: stat.size };
  } catch {
    return { path, sizeBytes: 0, why: "unreadable" };
  }
}

/** By its name: keys and credentials that somebody forgot to ignore. */
const looksSecret = (path: string): boolean =>
  /^(?:\.env(?:\..*)?|\.netrc|\.npmrc|\.pgpass|\.pypirc|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|key|p12|pfx|keystore|kdbx)|.*(?:credential|secret|service[-_]?account|password|token).*\.(?:json|ya?ml|txt|ini|toml|csv))$/i.test(
    basename(path),
  );

async function nameLeftOut(root: string, files: readonly Looked[]): Promise<LeftOutFile[]> {
  let budget = digestLimitBytes;
  return Promise.all(
    files.slice(0, namedLimit).map(async ({ path, sizeBytes, why = "too large" }): Promise<LeftOutFile> => {
      const isQuick = (budget -= sizeBytes) >= 0;
      if (why === "looks secret") return { path, why, sizeBytes }; // a digest of a short secret can be guessed
      if (why !== "too large") return { path, why };
      if (!isQuick) return { path, why, sizeBytes };
      return {
        path,
        why,
        sizeBytes,
        sha256: createHash("sha256")
          .update(await readFile(join(root, path)))
          .digest("hex"),
      };
    }),
  );
}

/** `git diff` shows untracked files once they are in an index with the intent to add them: a copy of the index. */
async function diff(tree: WorkingTree, scratch: string, untracked: readonly string[]) {
  const problems: string[] = [];
  const index = join(scratch, "index");
  await copyFile(join(tree.gitFolder, "index"), index).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error; // nothing was ever added
  });
  const at = { folder: tree.root, env: { GIT_INDEX_FILE: index } };
  if (untracked.length) {
    const list = join(scratch, "untracked");
    await writeFile(list, untracked.map((path) => `${path}\0`).join(""));
    const added = await runGit(
      ["--literal-pathspecs", "add", "--intent-to-add", `--pathspec-from-file=${list}`, "--pathspec-file-nul"],
      at,
    );
    if (added.kind === "failed") problems.push(`untracked files are not recorded: ${added.why}`);
  }
  const attributes = join(scratch, "attributes");
  await writeFile(attributes, "* -diff\n");
  const make = (settings: readonly string[]): Promise<GitResult> =>
    runGit(
      [
        "diff",
        "--binary",
        "--full-index",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=dirty",
        tree.commit || emptyTree,
      ],
      { ...at, settings, limitBytes: patchLimitBytes },
    );
  // A record is UTF-8: where a changed file is not, the patch holds all of them in git's binary form, which is ASCII.
  const first = await make([]);
  const isText = first.kind !== "ok" || asUtf8(first.bytes) !== undefined;
  const result = isText ? first : await make([`core.attributesFile=${attributes}`]);
  if (result.kind === "failed") problems.push(`the changes are not recorded: ${result.why}`);
  if (result.kind === "cut")
    problems.push(`the changes are not recorded: they are over ${patchLimitBytes / 2 ** 20} MB`);
  const exact = result.kind === "ok" ? (asUtf8(result.bytes) ?? "") : "";
  const patch = redactTokens(exact);
  if (patch !== exact) problems.push("the patch had secrets in it, which are replaced by ***");
  return { patch, problems };
}

function asUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
