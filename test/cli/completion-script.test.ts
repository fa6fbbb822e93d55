import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TreeNode, TreeOption } from "#src/cli/command-tree.js";
import { completionScript, type Shell } from "#src/cli/completion-script.js";
import { inTemporaryFolder } from "./run-cli.js";

const option = (long: string, more: Partial<TreeOption> = {}): TreeOption => ({
  long,
  description: `it's [${long}]: so`,
  takesValue: false,
  choices: [],
  ...more,
});
const node = (name: string, more: Partial<TreeNode> = {}): TreeNode => ({
  name,
  summary: `it's ${name}`,
  options: [],
  choices: [],
  commands: [],
  ...more,
});
const tree = node("cirrus", {
  options: [option("--json"), option("--quiet", { short: "-q" })],
  commands: [
    node("ingest", {
      options: [option("--progress", { takesValue: true, choices: ["plain", "json"] }), option("--dry-run")],
    }),
    node("completion", { choices: ["bash", "zsh", "fish"] }),
    node("store", { commands: [node("status"), node("stop", { options: [option("--yes", { short: "-y" })] })] }),
  ],
});

/** What bash offers for the last word of a line. */
const offered = (...words: string[]): Promise<string[]> =>
  inTemporaryFolder(async (cwd) => {
    await writeFile(join(cwd, "job.json"), "{}");
    const script = `${completionScript("bash", tree)}
      COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _cirrus; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script, "bash", "cirrus", ...words], {
      cwd,
      encoding: "utf8",
    });
    assert.equal(stderr, "");
    return stdout.split("\n").filter(Boolean);
  });

describe("bash completion", () => {
  it("offers commands, and words of groups and arguments", async () => {
    assert.deepEqual(await offered(""), ["ingest", "completion", "store"]);
    assert.deepEqual(await offered("i"), ["ingest"]);
    assert.deepEqual(await offered("store", ""), ["status", "stop"]);
    assert.deepEqual(await offered("completion", "z"), ["zsh"]);
  });

  it("offers a command's own and the global options", async () => {
    assert.deepEqual(await offered("ingest", "-"), ["--progress", "--dry-run", "--json", "-q", "--quiet"]);
    assert.deepEqual(await offered("store", "stop", "--y"), ["--yes"]);
    assert.deepEqual(await offered("--"), ["--json", "--quiet"]);
  });

  it("offers an option's values, and files elsewhere", async () => {
    assert.deepEqual(await offered("ingest", "--progress", ""), ["plain", "json"]);
    assert.deepEqual(await offered("ingest", "j"), ["job.json"]);
    assert.deepEqual(await offered("ingest", "--dry-run", "j"), ["job.json"]);
  });
});

describe("completion for every shell", () => {
  /** Shells that are not on this machine cannot judge. */
  const checks: Readonly<Record<Shell, readonly string[]>> = { bash: ["-n"], zsh: ["-n"], fish: ["--no-execute"] };
  for (const [shell, flags] of Object.entries(checks) as [Shell, readonly string[]][]) {
    const missing = spawnSync(shell, ["--version"]).error !== undefined;
    it(`is a script that ${shell} can read`, { skip: missing && `no ${shell} here` }, () =>
      inTemporaryFolder(async (cwd) => {
        const file = join(cwd, "completion");
        await writeFile(file, completionScript(shell, tree));
        const { status, stderr } = spawnSync(shell, [...flags, file], { encoding: "utf8" });
        assert.equal(stderr, "");
        assert.equal(status, 0);
      }),
    );
  }

  it("names every command and option", () => {
    for (const shell of ["bash", "zsh", "fish"] as const) {
      const script = completionScript(shell, tree);
      for (const word of ["ingest", "completion", "stop", "dry-run", "progress", "yes", "quiet"])
        assert.ok(script.includes(word), `${shell}: ${word}`);
    }
  });
});
