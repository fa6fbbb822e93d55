import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { withoutToken, withOwnSpellings } from "#src/cli/peer/peer-flags.js";
import { findToken } from "#src/storage/token.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

describe("flags of the Boss ingest client", () => {
  it("become ours where they are spelled otherwise", () => {
    const own = (text: string): string => withOwnSpellings(text.split(" ")).join(" ");
    assert.equal(own("ingest b.json -v debug -p 2"), "ingest b.json --verbose -p 2");
    assert.equal(own("ingest b.json --log-level=CRITICAL"), "ingest b.json --quiet");
    assert.equal(own("ingest b.json -v warning -f"), "ingest b.json -f");
    assert.equal(own("ingest b.json -v"), "ingest b.json -v");
    assert.equal(
      own("ingest b.json --processes_nb 3 --ramp_seconds=2"),
      "ingest b.json --processes 3 --ramp-seconds=2",
    );
    assert.equal(own("status -v debug"), "status -v debug");
  });

  it("keep the token out of what is recorded", () => {
    for (const flag of ["-a XYZ", "-aXYZ", "--api-token XYZ", "--api-token=XYZ"])
      assert.ok(
        !withoutToken(["ingest", ...flag.split(" ")])
          .join(" ")
          .includes("XYZ"),
        flag,
      );
  });
});

describe("the token", () => {
  it("comes from the command line, token.json, INTERN_TOKEN, intern.cfg, in this order", async () => {
    const folder = await temporaryFolder();
    const places = { flag: undefined, cwd: folder, env: { HOME: folder } };
    const env = { HOME: folder, INTERN_TOKEN: "of-env" };
    assert.equal(await findToken(places), undefined);
    await mkdir(join(folder, ".intern"));
    const config = join(folder, ".intern/intern.cfg");
    await writeFile(config, "[Project Service]\ntoken = of-project\n[Default]\nhost = h\ntoken = of-config\n");
    assert.deepEqual(await findToken(places), { token: "of-config", from: config, host: "h" });
    await writeFile(config, "[Project Service]\ntoken = of-project\n");
    assert.equal((await findToken(places))?.token, "of-project");
    assert.deepEqual(await findToken({ ...places, env }), { token: "of-env", from: "INTERN_TOKEN", host: undefined });
    await writeFile(join(folder, "token.json"), '{"token": "of-file", "host": "h"}');
    assert.equal((await findToken({ ...places, env }))?.token, "of-file");
    assert.deepEqual(await findToken({ ...places, env, flag: "of-flag" }), {
      token: "of-flag",
      from: "the command line",
      host: undefined,
    });
  });

  it("is refused when it is empty, wherever it is looked for first", async () => {
    const folder = await temporaryFolder();
    const refused = (error: unknown): boolean =>
      isCirrusError(error, "E_USAGE") && /holds no token/.test(error.message);
    await assert.rejects(findToken({ flag: "", cwd: folder, env: {} }), refused);
    await assert.rejects(findToken({ flag: undefined, cwd: folder, env: { INTERN_TOKEN: "" } }), refused);
    await writeFile(join(folder, "token.json"), "{}");
    await assert.rejects(findToken({ flag: undefined, cwd: folder, env: { INTERN_TOKEN: "x" } }), refused);
    await rm(join(folder, "token.json"));
    await mkdir(join(folder, ".intern"));
    await writeFile(join(folder, ".intern/intern.cfg"), "[DEFAULT]\ntoken=x\n");
    await assert.rejects(findToken({ flag: undefined, cwd: folder, env: { HOME: folder } }), refused);
  });
});
