import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { commands } from "#src/cli/commands/index.js";
import { cirrusScript, cleanEnv, inTemporaryFolder, runCli } from "./run-cli.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const cli = (...args: string[]) => inTemporaryFolder((cwd) => runCli(args, { cwd }));

describe("the command line", () => {
  it("prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
    assert.deepEqual(await cli("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("prints help on stdout, examples first, every command with its summary", async () => {
    const { code, stdout, stderr } = await cli("--help");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^Examples:\n {2}cirrus init/);
    for (const name of new Set(commands.map((command) => command.name.split(" ")[0]!)))
      assert.match(stdout, new RegExp(`\\n  ${name}\\b`));
    assert.match(stdout, /Exit codes:\n {2}0 {4}ok\n/);
  });

  it("prints a command's help, by `help` and by --help, examples first", async () => {
    for (const command of commands) assert.ok(command.examples.length, `${command.name} has no example`);
    const asked = await cli("help", "completion");
    assert.equal(asked.code, 0);
    assert.match(asked.stdout, /^Examples:\n {2}cirrus completion bash/);
    assert.match(asked.stdout, /Usage: cirrus completion \[options\] <shell>/);
    assert.match(asked.stdout, /--json/);
    assert.equal((await cli("completion", "--help")).stdout, asked.stdout);
  });

  it("prints help on stderr and ends with 2 when no command is given", async () => {
    const { code, stdout, stderr } = await cli();
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /Usage: cirrus/);
  });

  it("ends with 2 on an unknown command, and suggests the near one", async () => {
    const { code, stdout, stderr } = await cli("complteion");
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.equal(stderr, "cirrus: unknown command 'complteion'\n  hint: did you mean completion?\n  code: E_USAGE\n");
  });

  it("ends with 2 on an unknown option, and suggests the near one", async () => {
    const { code, stderr } = await cli("completion", "bash", "--jsn");
    assert.equal(code, 2);
    assert.equal(stderr, "cirrus: unknown option '--jsn'\n  hint: did you mean --json?\n  code: E_USAGE\n");
  });

  it("names the command whose help to read when an argument is wrong", async () => {
    const { code, stderr } = await cli("completion", "tcsh");
    assert.equal(code, 2);
    assert.match(stderr, /hint: see `cirrus help completion`/);
    assert.match((await cli("completion")).stderr, /missing required argument 'shell'/);
  });

  it("ends with 2 on help for an unknown command", async () => {
    const { code, stderr } = await cli("help", "complete");
    assert.equal(code, 2);
    assert.match(stderr, /^cirrus: unknown command "complete" \(did you mean "completion"\?\)\n/);
  });

  it("prints an error as one JSON line on stderr with --json", async () => {
    const { code, stdout, stderr } = await cli("--json", "complteion");
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.equal(stderr.trimEnd().split("\n").length, 1);
    assert.deepEqual(JSON.parse(stderr), {
      schemaVersion: 1,
      error: {
        code: "E_USAGE",
        message: "unknown command 'complteion'",
        hint: "did you mean completion?",
        context: {},
      },
    });
  });

  it("prints data as one JSON object with --json, before or after the command", async () => {
    const after = await cli("completion", "fish", "--json");
    const data = JSON.parse(after.stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(data), ["schemaVersion", "shell", "script"]);
    assert.equal(data["schemaVersion"], 1);
    assert.equal((await cli("--json", "completion", "fish")).stdout, after.stdout);
  });

  it("ends quietly with 0 when the reader leaves: `cirrus … | head -1`", async () => {
    await inTemporaryFolder(async (cwd) => {
      const line = `set -o pipefail; "${process.execPath}" "${cirrusScript}" completion zsh | head -c 1; "${process.execPath}" "${cirrusScript}" completion zsh | true; echo " $?"`;
      const { status, stdout, stderr } = spawnSync("bash", ["-c", line], { cwd, env: cleanEnv(cwd), encoding: "utf8" });
      assert.equal(stderr, "");
      assert.equal(stdout, "# 0\n");
      assert.equal(status, 0);
    });
  });

  it("colours only when told to, off a terminal", async () => {
    await inTemporaryFolder(async (cwd) => {
      const stderrWith = async (env: Record<string, string>, ...args: string[]) =>
        (await runCli(["nonsense", ...args], { cwd, env })).stderr;
      const escape = "\u001b[";
      assert.equal((await stderrWith({})).includes(escape), false);
      assert.equal((await stderrWith({ FORCE_COLOR: "1" })).includes(escape), true);
      assert.equal((await stderrWith({ FORCE_COLOR: "1", NO_COLOR: "1" })).includes(escape), false);
      assert.equal((await stderrWith({ FORCE_COLOR: "1", NO_COLOR: "" })).includes(escape), true);
      assert.equal((await stderrWith({ FORCE_COLOR: "1" }, "--no-color")).includes(escape), false);
    });
  });

  it("starts without loading a library that it does not need", async () => {
    await inTemporaryFolder(async (cwd) => {
      const { stderr } = spawnSync(process.execPath, [cirrusScript, "--version"], {
        cwd,
        env: { ...cleanEnv(cwd), NODE_DEBUG: "esm" },
        encoding: "utf8",
      });
      const packages = [...stderr.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w.-]+)\//g)].map(([, name]) => name!);
      const needed = ["@commander-js/extra-typings", "commander", "lossless-json", "picocolors"];
      assert.ok(packages.length > 0, stderr);
      assert.deepEqual(
        packages.filter((name) => !needed.includes(name)),
        [],
      );
    });
  });
});

describe("the table of commands", () => {
  it("has one line per file of its folder", () => {
    const files = readdirSync(`${root}src/cli/commands`).filter((name) => name !== "index.ts");
    assert.deepEqual(files.sort(), commands.map(({ name }) => `${name.replaceAll(" ", "-")}.ts`).sort());
  });
});
