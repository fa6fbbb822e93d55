import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { captureGit } from "#src/provenance/capture/git.js";
import { codeEnvFileName, gitEnv, type GitFacts } from "#src/provenance/model/code-env.js";

const scratch = mkdtempSync(join(tmpdir(), "cirrus-git-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const git = (folder: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "protocol.file.allow=always", ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

let count = 0;
function newRepository(files: Readonly<Record<string, string | Buffer>> = { "a.txt": "one\ntwo\n" }): string {
  const folder = join(scratch, `repository-${count++}`);
  mkdirSync(folder);
  git(folder, "init", "-q", "-b", "main");
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  git(folder, "add", ".");
  git(folder, "commit", "-q", "-m", "first", "--allow-empty");
  return folder;
}

async function factsOf(folder: string): Promise<GitFacts> {
  const capture = await captureGit(folder);
  assert.equal(capture.kind, "found");
  return capture.kind === "found" ? capture.facts : assert.fail();
}

/** A clone at the recorded commit, with the recorded patch. */
function reproduce(folder: string, { commit, patch }: GitFacts): string {
  const clone = join(scratch, `clone-${count++}`);
  git(scratch, "clone", "-q", folder, clone);
  git(clone, "checkout", "-q", commit);
  writeFileSync(join(scratch, "patch"), patch);
  git(clone, "apply", join(scratch, "patch"));
  return clone;
}

describe("captureGit", () => {
  it("finds none outside of a repository", async () => {
    assert.deepEqual(await captureGit(scratch), { kind: "none" });
  });

  it("says when the folder is not there", async () => {
    assert.equal((await captureGit(join(scratch, "nowhere"))).kind, "failed");
  });

  it("records commit, branch and tag of a clean tree without a remote", async () => {
    const folder = newRepository();
    git(folder, "tag", "v1");
    assert.deepEqual(await factsOf(folder), {
      remoteUrl: "",
      folderName: folder.split("/").at(-1),
      commit: git(folder, "rev-parse", "HEAD").trim(),
      branch: "main",
      tag: "v1",
      isDirty: false,
      patch: "",
      leftOut: [],
      problems: [],
    });
  });

  it("records staged, unstaged and untracked changes as one patch that applies", async () => {
    const folder = newRepository({
      "a.txt": "one\ntwo\n",
      "b.bin": Buffer.from([0, 1, 2, 255]),
      "gone.txt": "gone",
      "moved.txt": "1\n2\n3\n",
      ".gitignore": "ignored\n",
    });
    writeFileSync(join(folder, "a.txt"), "one\nthree"); // no newline at the end
    writeFileSync(join(folder, "b.bin"), Buffer.from([0, 9, 255, 254]));
    git(folder, "rm", "-q", "gone.txt");
    git(folder, "mv", "moved.txt", "been moved.txt");
    writeFileSync(join(folder, "staged.txt"), "staged\n");
    git(folder, "add", "staged.txt");
    writeFileSync(join(folder, "staged.txt"), "staged, then changed\n");
    mkdirSync(join(folder, "new"));
    writeFileSync(join(folder, 'new/nø; "quoted".txt'), "new");
    writeFileSync(join(folder, "new/run.sh"), "#!/bin/sh\n");
    chmodSync(join(folder, "new/run.sh"), 0o755);
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "new.bin"), Buffer.from([0, 200, 201]));
    symlinkSync("a.txt", join(folder, "link"));
    writeFileSync(join(folder, "ignored"), "not recorded");
    const indexBefore = readFileSync(join(folder, ".git/index"));

    const facts = await factsOf(join(folder, "new"));

    assert.equal(facts.isDirty, true);
    assert.deepEqual(facts.leftOut, []);
    assert.deepEqual(facts.problems, []);
    const clone = reproduce(folder, facts);
    git(clone, "add", "-A");
    git(folder, "add", "-A");
    assert.equal(git(clone, "write-tree"), git(folder, "write-tree"));
    assert.equal(existsSync(join(clone, "ignored")), false);
    assert.notDeepEqual(readFileSync(join(folder, ".git/index")), indexBefore); // by the add above
  });

  it("leaves the index of the repository as it was", async () => {
    const folder = newRepository();
    writeFileSync(join(folder, "a.txt"), "changed\n");
    writeFileSync(join(folder, "new.txt"), "new\n");
    const before = readFileSync(join(folder, ".git/index"));
    await factsOf(folder);
    assert.deepEqual(readFileSync(join(folder, ".git/index")), before);
  });

  it("records files that are no UTF-8 so that they apply too", async () => {
    const folder = newRepository({ "a.txt": Buffer.from("caf\xe9\n", "latin1") });
    writeFileSync(join(folder, "a.txt"), Buffer.from("caf\xe9s\n", "latin1"));
    const facts = await factsOf(folder);
    assert.match(facts.patch, /^GIT binary patch$/m);
    assert.deepEqual(readFileSync(join(reproduce(folder, facts), "a.txt")), Buffer.from("caf\xe9s\n", "latin1"));
  });

  it("leaves out large files by digest and secret ones by name", async () => {
    const folder = newRepository();
    writeFileSync(join(folder, "tile.raw"), Buffer.alloc(300_000));
    writeFileSync(join(folder, ".env"), "X=1\n");
    writeFileSync(join(folder, "small.txt"), "small\n");
    const { patch, leftOut } = await factsOf(folder);
    assert.match(patch, /small\.txt/);
    assert.doesNotMatch(patch, /tile\.raw|\.env/);
    assert.deepEqual(leftOut, [
      { path: ".env", why: "looks secret", sizeBytes: 4 },
      {
        path: "tile.raw",
        why: "too large",
        sizeBytes: 300_000,
        sha256: "886715e4051e827f4fe215df3053af3f85ad0d352db2c829c7487af6d78efe30",
      },
    ]);
  });

  it("takes tokens out of the patch and says so", async () => {
    const folder = newRepository();
    writeFileSync(join(folder, "a.txt"), `one\nkey ${"AKIA" + "A1B2C3D4E5F6G7H8"}\n`);
    const facts = await factsOf(folder);
    assert.match(facts.patch, /^\+key \*\*\*$/m);
    assert.deepEqual(facts.problems, ["the patch had secrets in it, which are replaced by ***"]);
    assert.equal(readFileSync(join(reproduce(folder, facts), "a.txt"), "utf8"), "one\nkey ***\n");
  });

  it("records what there is before the first commit", async () => {
    const folder = join(scratch, `repository-${count++}`);
    mkdirSync(folder);
    git(folder, "init", "-q", "-b", "main");
    writeFileSync(join(folder, "a.txt"), "one\n");
    const facts = await factsOf(folder);
    assert.equal(facts.commit, "");
    assert.equal(facts.branch, "main");
    assert.match(facts.patch, /^\+one$/m);
    assert.match(codeEnvFileName(gitEnv(facts), "0123456789abcdef"), /^repository-\d+_uncommitted_0123456789ab$/);
  });

  it("says which submodule has changes that are not recorded", async () => {
    const folder = newRepository();
    git(folder, "submodule", "--quiet", "add", newRepository(), "lib");
    git(folder, "commit", "-q", "-m", "lib");
    writeFileSync(join(folder, "lib/a.txt"), "changed\n");
    assert.deepEqual((await factsOf(folder)).problems, [
      "the submodule lib has changes of its own that are not recorded",
    ]);
  });

  for (const [url, recorded, name] of [
    ["https://me:s3cret@host/lab/foo.github.io.git", "https://host/lab/foo.github.io.git", "foo.github.io"],
    ["https://0123456789abcdef@host/lab/x", "https://host/lab/x", "x"],
    ["ssh://git:pw@host:22/lab/x.git", "ssh://git@host:22/lab/x.git", "x"],
    ["git@host:lab/x.git", "git@host:lab/x.git", "x"],
    ["/srv/git/x.git/", "/srv/git/x.git/", "x"],
  ] as const)
    it(`records the remote ${recorded}`, async () => {
      const folder = newRepository();
      git(folder, "remote", "add", "upstream", "https://elsewhere/y.git");
      git(folder, "remote", "add", "origin", url);
      const facts = await factsOf(folder);
      assert.equal(facts.remoteUrl, recorded);
      const env = gitEnv(facts);
      assert.equal(codeEnvFileName(env, ""), `${name}_${facts.commit}`);
      assert.equal(env.document["CodeEnv type"], "PythonGithub");
    });
});
