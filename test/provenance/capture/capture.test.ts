import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { capture } from "#src/provenance/capture/capture.js";
import { captureDocker, dockerHintFrom } from "#src/provenance/capture/docker.js";
import { captureNode } from "#src/provenance/capture/node.js";

const scratch = mkdtempSync(join(tmpdir(), "cirrus-capture-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

describe("capture", () => {
  it("records Node, cirrus and the packages as they are installed", async () => {
    const facts = await captureNode();
    assert.equal(facts.nodeVersion, process.version);
    assert.equal(facts.cirrusVersion, manifest.version);
    const names = facts.packages.map(([name]) => name);
    for (const [name, version] of Object.entries(manifest.dependencies))
      assert.ok(
        facts.packages.some(([found, its]) => found === name && its === version),
        `${name} ${version}`,
      );
    assert.ok(names.includes("on-exit-leak-free"), "a dependency of pino");
    assert.ok(!names.includes("typescript"), "not needed at run time");
  });

  it("takes the image and its id from the environment, without asking docker", async () => {
    const hint = dockerHintFrom({ CIRRUS_DOCKER_IMAGE: "host:5000/lab/x:2025.1", CIRRUS_DOCKER_IMAGE_ID: "sha256:01" });
    assert.deepEqual(await captureDocker(hint!), {
      facts: { imageName: "host:5000/lab/x", tag: "2025.1", imageId: "sha256:01", repoDigests: [] },
    });
    assert.equal(dockerHintFrom({}), undefined);
  });

  it("reads an image without tag as latest, and one by digest as none", async () => {
    const byName = await captureDocker({ image: "host:5000/lab/x", imageId: "sha256:01" });
    assert.deepEqual([byName.facts.imageName, byName.facts.tag], ["host:5000/lab/x", "latest"]);
    const byDigest = await captureDocker({ image: "lab/x@sha256:02", imageId: "sha256:01" });
    assert.deepEqual(byDigest.facts, {
      imageName: "lab/x",
      tag: "",
      imageId: "sha256:01",
      repoDigests: ["lab/x@sha256:02"],
    });
  });

  it("says what it could not find out, and goes on", async () => {
    const { codeEnvs, notCaptured, who } = await capture({
      folder: join(scratch, "nowhere"),
      env: { CIRRUS_USER_NAME: "A B", CIRRUS_USER_EMAIL: "a@b.c", CIRRUS_ORCID: "0000-0001-0000-0000" },
      docker: { image: "lab/no-such-image:1" },
    });
    assert.equal(who.name, "A B");
    assert.equal(who.email, "a@b.c");
    assert.equal(who.orcid, "0000-0001-0000-0000");
    assert.ok(notCaptured.includes("git: git or the folder is not there"), notCaptured.join("\n"));
    assert.ok(
      notCaptured.includes("docker: the id of the image lab/no-such-image:1 is not known: set CIRRUS_DOCKER_IMAGE_ID"),
    );
    assert.deepEqual(
      codeEnvs.map(({ kind }) => kind).filter((kind) => kind !== "git"),
      ["docker", "node", "system"],
    );
  });

  it("names the environments by their content where the name does not tell it", async () => {
    const { codeEnvs } = await capture({ folder: scratch, env: {} });
    const node = codeEnvs.find(({ kind }) => kind === "node")!;
    assert.equal(node.stem, `node_${process.version}`);
    assert.equal(node.isNamedByDigest, true);
  });
});
