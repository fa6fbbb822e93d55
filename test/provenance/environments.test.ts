// Environments that are named by hand: read as they lie on disk, nothing of them is run.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { CondaEnv, DockerEnv, GitEnv, NodeEnv, UvEnv } from "#src/index.js";
import { isCirrusError } from "#src/core/errors.js";
import { readContainer } from "#src/provenance/capture/container.js";
import { newFolder } from "./fixture.js";

function tree(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const numpy = {
  "lib/python3.11/site-packages/numpy-2.1.0.dist-info/METADATA": "Name: numpy\nVersion: 2.1.0\n\nVersion: 9",
};
const old = { "lib/python3.11/site-packages/Old-0.1.egg-info": "Name: Old\nVersion: 0.1\n" };

describe("GitEnv", () => {
  it("is the toolbox's PythonGithubEnv, with the packages of the repository's own environment", async () => {
    const prefixed = Object.fromEntries(Object.entries({ ...numpy, ...old }).map(([k, v]) => [`.venv/${k}`, v]));
    const folder = tree({ ...prefixed, ".gitignore": ".venv\n", "a.py": "1\n" });
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@b.c", ...args], { cwd: folder, encoding: "utf8" });
    git("init", "-q");
    git("remote", "add", "origin", "https://me:secret@example.org/lab/foo.github.io.git");
    git("add", ".");
    git("commit", "-qm", "first");
    const { document, stem, isNamedByDigest } = await GitEnv(join(folder));
    const commit = git("rev-parse", "HEAD").trim();
    assert.equal(stem, `foo.github.io_${commit}`);
    assert.equal(isNamedByDigest, false);
    assert.equal(document["CodeEnv type"], "PythonGithub");
    assert.equal(document["name"], "https://example.org/lab/foo.github.io.git");
    assert.equal(document["commit hash"], commit);
    assert.equal(document["diff"], "");
    assert.deepEqual(document["packages"], [
      ["numpy", "2.1.0"],
      ["Old", "0.1"],
    ]);
    await assert.rejects(GitEnv(folder, { python: join(folder, "nowhere") }), /no Python environment/);
  });

  it("says where there is no repository", async () => {
    await assert.rejects(GitEnv(tree({ a: "" })), (error) => isCirrusError(error, "E_SOURCE_NOT_FOUND"));
  });
});

describe("DockerEnv", () => {
  it("takes an id that is told, and says so when nobody knows it", async () => {
    const { document, stem } = await DockerEnv("lab/segmenter:2025.1", { imageId: "sha256:0123456789ab" });
    assert.equal(stem, "lab_segmenter_sha2560123456789ab");
    assert.deepEqual(document, {
      "CodeEnv type": "Docker",
      "image name": "lab/segmenter",
      tag: "2025.1",
      "image ID": "sha256:0123456789ab",
    });
    await assert.rejects(DockerEnv("lab/no-such-image:1"), /the id of the image lab\/no-such-image:1 is not known/);
  });
});

describe("package environments", () => {
  it("NodeEnv lists what package-lock.json installs", async () => {
    const lock = {
      name: "seg",
      version: "1.2.3",
      packages: {
        "": { version: "1.2.3" },
        "node_modules/zod": { version: "4.0.0" },
        "node_modules/a/node_modules/@x/y": { version: "0.1.0" },
        "node_modules/linked": { link: true },
      },
    };
    const { document, kind } = await NodeEnv(tree({ "package-lock.json": JSON.stringify(lock) }));
    assert.equal(kind, "node");
    assert.deepEqual([document["CodeEnv type"], document["name"], document["version"]], ["Node", "seg", "1.2.3"]);
    assert.deepEqual(document["packages"], [
      ["@x/y", "0.1.0"],
      ["zod", "4.0.0"],
    ]);
    assert.match(String(document["lock sha256"]), /^[0-9a-f]{64}$/);
    await assert.rejects(NodeEnv(tree({ a: "" })), /has no package-lock\.json/);
  });

  it("UvEnv lists what uv.lock installs", async () => {
    const lock = `version = 1
requires-python = ">=3.11"
[[package]]
name = "seg"
version = "0.1.0"
source = { virtual = "." }
[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://pypi.org/simple" }
`;
    const { document } = await UvEnv(tree({ "uv.lock": lock }));
    assert.deepEqual(
      [document["CodeEnv type"], document["name"], document["requires python"], document["packages"]],
      ["uv", "seg", ">=3.11", [["numpy", "2.1.0"]]],
    );
    await assert.rejects(UvEnv(tree({ "uv.lock": "[" })), (error) => isCirrusError(error, "E_SOURCE_UNREADABLE"));
  });

  it("CondaEnv lists conda's packages with build and channel, and Python's", async () => {
    const meta = { name: "hdf5", version: "1.14.3", build: "h4f84152_5", channel: "conda-forge" };
    const { document } = await CondaEnv(tree({ ...numpy, "conda-meta/hdf5.json": JSON.stringify(meta) }));
    assert.equal(document["CodeEnv type"], "Conda");
    assert.deepEqual(document["conda packages"], [["hdf5", "1.14.3", "h4f84152_5", "conda-forge"]]);
    assert.deepEqual(document["packages"], [["numpy", "2.1.0"]]);
    await assert.rejects(CondaEnv(tree({ a: "" })), /no conda environment/);
  });
});

describe("inside a container", () => {
  const id = "0123456789abcdef".repeat(4);

  it("docker is known by its file, the id by what it mounts", async () => {
    const mountinfo = `700 600 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n`;
    const root = tree({ ".dockerenv": "", "proc/self/mountinfo": mountinfo });
    assert.deepEqual(await readContainer(root), { isContainer: true, id });
  });

  it("podman tells a privileged container its image", async () => {
    const told = `engine="podman-5.0"\nname="x"\nid="${id}"\nimage="quay.io/lab/seg:1"\nimageid="${id}"\n`;
    assert.deepEqual(await readContainer(tree({ "run/.containerenv": told })), {
      isContainer: true,
      id,
      image: { image: "quay.io/lab/seg:1", imageId: `sha256:${id}` },
    });
  });

  it("a plain machine is none", async () => {
    assert.deepEqual(await readContainer(tree({ "proc/self/cgroup": "0::/user.slice\n" })), { isContainer: false });
  });
});
