import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inTemporaryFolder, runCli } from "./run-cli.js";

interface Report {
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
}

describe("cirrus doctor and cirrus store", () => {
  it("finds everything in order here, and starts the store, which `store` shows and stops", () =>
    inTemporaryFolder(async (cwd) => {
      const store = async (...args: string[]) =>
        JSON.parse((await runCli(["store", ...args, "--json"], { cwd })).stdout) as Record<string, unknown>;
      assert.deepEqual(await store("stop"), { schemaVersion: 1, result: "was-not-running" });
      try {
        const { code, stdout, stderr } = await runCli(["doctor", "--json"], { cwd });
        assert.equal(code, 0, stdout + stderr);
        const { checks } = JSON.parse(stdout) as Report;
        assert.deepEqual(
          checks.map(({ name }) => name),
          [
            "Node",
            "machine",
            "sharp",
            "jpeg-turbo",
            "S3 client",
            "git",
            "settings",
            "state folder",
            "free space",
            "store",
          ],
        );
        assert.match(checks.at(-1)!.detail, /answers after .* PostgreSQL 18/);
        const status = await store("status");
        assert.equal(status["state"], "running");
        assert.equal(status["connections"], 0);
      } finally {
        assert.deepEqual(await store("stop"), { schemaVersion: 1, result: "stopped" });
      }
      assert.match(
        (await runCli(["store", "status"], { cwd })).stdout,
        /^state {3}stopped\nfolder {2}.*\.cirrus\/state\/store\nsize /,
      );
    }));

  it("ends with 1 and goes on looking when something does not work, without a password in the report", () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout, stderr } = await runCli(["doctor"], {
        cwd,
        env: { CIRRUS_STATE: "postgresql://me:hunter2@127.0.0.1:1/x" },
      });
      assert.equal(code, 1);
      assert.match(stdout, /failed {2}store +the state database postgresql:\/\/127\.0\.0\.1:1\/x cannot be used/);
      assert.match(stdout, /ok {6}sharp/);
      assert.equal((stdout + stderr).includes("hunter2"), false);
    }));

  it("refuses a password on the command line", () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stderr } = await runCli(["doctor", "--state", "postgresql://me:hunter2@127.0.0.1:1/x"], { cwd });
      assert.equal(code, 2);
      assert.match(stderr, /code: E_STATE_SECRET/);
      assert.equal(stderr.includes("hunter2"), false);
    }));
});
