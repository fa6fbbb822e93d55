import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadSettings, stateOptions, storeOptions } from "#src/cli/settings.js";
import { parseMemory, parseProcesses } from "#src/cli/settings-values.js";
import { isCirrusError } from "#src/core/errors.js";
import { inTemporaryFolder } from "./run-cli.js";

type Texts = Readonly<Record<string, string>>;

/** Loads settings in a new project folder with these files. */
const loadWith = (given: { readonly files?: Texts; readonly env?: Texts; readonly flags?: Texts }) =>
  inTemporaryFolder(async (folder) => {
    const cwd = join(folder, "project");
    await mkdir(join(folder, "home/config"), { recursive: true });
    await mkdir(cwd);
    await writeFile(join(cwd, "package.json"), "{}");
    for (const [name, text] of Object.entries(given.files ?? {})) await writeFile(join(cwd, name), text);
    const settings = await loadSettings({
      flags: given.flags ?? {},
      env: { CIRRUS_HOME: join(folder, "home"), ...given.env },
      cwd,
    });
    return { settings, folder, cwd };
  });

const refusal = async (given: Parameters<typeof loadWith>[0]) => {
  try {
    await loadWith(given);
  } catch (error) {
    if (isCirrusError(error)) return error;
    throw error;
  }
  return assert.fail("nothing was refused");
};

describe("machine settings", () => {
  it("has a default for everything", async () => {
    const { settings, folder } = await loadWith({});
    assert.equal(settings.stateUrl, undefined);
    assert.equal(settings.processes, availableParallelism());
    assert.equal(settings.memoryBytes, undefined);
    assert.notEqual(settings.owner, "");
    assert.equal(settings.file, undefined);
    assert.deepEqual(settings.folders, {
      config: join(folder, "home/config"),
      state: join(folder, "home/state"),
      cache: join(folder, "home/cache"),
    });
    assert.deepEqual(stateOptions(settings), { folder: join(folder, "home/state") });
    assert.deepEqual(storeOptions(settings), {});
  });

  it("takes a flag before a variable before a file", async () => {
    const files = { ".cirrusrc": "processes: 3\nmemory: 1GB\nowner: file" };
    const env = { CIRRUS_PROCESSES: "5", CIRRUS_MEMORY: "2GB" };
    const { settings, cwd } = await loadWith({ files, env, flags: { processes: "7" } });
    assert.equal(settings.processes, 7);
    assert.equal(settings.memoryBytes, 2e9);
    assert.equal(settings.owner, "file");
    assert.equal(settings.file, join(cwd, ".cirrusrc"));
  });

  it("reads cirrus.config.json, cirrus.config.js and package.json", async () => {
    assert.equal((await loadWith({ files: { "cirrus.config.json": '{"processes": 3}' } })).settings.processes, 3);
    assert.equal(
      (await loadWith({ files: { "cirrus.config.mjs": "export default { processes: 2 + 2 }" } })).settings.processes,
      4,
    );
    assert.equal((await loadWith({ files: { "package.json": '{"cirrus": {"processes": 6}}' } })).settings.processes, 6);
  });

  it("reads the user's config folder when the project says nothing", async () => {
    await inTemporaryFolder(async (folder) => {
      await mkdir(join(folder, "config"));
      await writeFile(join(folder, "config/config.json"), '{"owner": "ada"}');
      await writeFile(join(folder, "package.json"), "{}");
      const { owner } = await loadSettings({ flags: {}, env: { CIRRUS_HOME: folder }, cwd: folder });
      assert.equal(owner, "ada");
    });
  });

  it("resolves a file's relative key file beside that file", async () => {
    const { settings, cwd } = await loadWith({ files: { ".cirrusrc.json": '{"gcsKeyFile": "secret/key.json"}' } });
    assert.equal(settings.gcsKeyFile, join(cwd, "secret/key.json"));
  });

  it("refuses an unknown key with a suggestion, and every other problem, naming the file", async () => {
    const error = await refusal({ files: { "cirrus.config.json": '{"proceses": 3, "owner": ""}' } });
    assert.equal(error.code, "E_CONFIG_INVALID");
    assert.match(error.message, /\/project\/cirrus\.config\.json: /);
    assert.match(error.message, /"owner": is empty/);
    assert.match(error.message, /unknown key "proceses" \(did you mean "processes"\?\)/);
  });

  it("refuses a key that would change voxels", async () => {
    assert.equal((await refusal({ files: { ".cirrusrc": "encoding: jpeg" } })).code, "E_CONFIG_INVALID");
  });

  it("refuses a file that cannot be parsed, naming it", async () => {
    const error = await refusal({ files: { "cirrus.config.json": "{oops" } });
    assert.equal(error.code, "E_CONFIG_INVALID");
    assert.match(error.message, /\/project\/cirrus\.config\.json: /);
  });

  it("refuses a bad value, saying where it came from", async () => {
    const flag = await refusal({ flags: { processes: "0" } });
    assert.equal(flag.code, "E_USAGE");
    assert.equal(flag.message, '-p: "0" is no number of processes; write a whole number from 1 to 1024');
    const variable = await refusal({ env: { CIRRUS_MEMORY: "2" } });
    assert.equal(variable.code, "E_CONFIG_INVALID");
    assert.match(variable.message, /^environment variable CIRRUS_MEMORY: "2" is no amount of memory/);
    assert.match(
      (await refusal({ files: { ".cirrusrc": "memory: lots" } })).message,
      /\.cirrusrc: "memory": "lots" is no amount/,
    );
  });

  it("refuses a password in --state, and never repeats it", async () => {
    for (const url of ["postgresql://me:hunter2@host/db", "postgres://host/db?password=hunter2"]) {
      const error = await refusal({ flags: { state: url } });
      assert.equal(error.code, "E_STATE_SECRET");
      assert.equal(error.message.includes("hunter2"), false);
    }
    const { settings } = await loadWith({ env: { CIRRUS_STATE: "postgresql://me:hunter2@host/db" } });
    assert.deepEqual(stateOptions(settings), {
      url: "postgresql://me:hunter2@host/db",
      folder: settings.folders.state,
    });
  });

  it("refuses a state that is no PostgreSQL URL", async () => {
    const error = await refusal({ flags: { state: "./state" } });
    assert.equal(error.code, "E_USAGE");
    assert.match(error.message, /CIRRUS_HOME/);
  });

  it("translates the emulator variable of Google's clients", async () => {
    const endpoint = async (host: string) =>
      (await loadWith({ env: { STORAGE_EMULATOR_HOST: host } })).settings.gcsEndpoint;
    assert.equal(await endpoint("localhost:4443"), "http://localhost:4443");
    assert.equal(await endpoint("http://localhost:4443/storage/v1"), "http://localhost:4443");
    const both = await loadWith({
      env: { STORAGE_EMULATOR_HOST: "localhost:1", CIRRUS_GCS_ENDPOINT: "http://localhost:2/" },
    });
    assert.deepEqual(storeOptions(both.settings), { endpoint: "http://localhost:2" });
  });
});

describe("parseMemory", () => {
  it("tells GB from GiB", () => {
    assert.equal(parseMemory("2GB"), 2_000_000_000);
    assert.equal(parseMemory("2GiB"), 2_147_483_648);
    assert.equal(parseMemory("512 mb"), 512_000_000);
    assert.equal(parseMemory("1.5GiB"), 1_610_612_736);
  });

  it("refuses a number without unit, and nonsense", () => {
    for (const text of ["2", "2G", "", "GB", "-1GB", "0GB", "1e3MB"])
      assert.throws(() => parseMemory(text), RangeError);
  });
});

describe("parseProcesses", () => {
  it("takes whole numbers from 1 to 1024", () => {
    assert.equal(parseProcesses("1"), 1);
    assert.equal(parseProcesses("1024"), 1024);
    for (const text of ["0", "1025", "1.5", "-1", "four", ""]) assert.throws(() => parseProcesses(text), RangeError);
  });
});
