import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "#src/core/error-codes.js";
import { isCirrusError } from "#src/core/errors.js";
import { emptySource } from "#src/tiles/byte-source.js";
import { builtinPlugins, listPlugins, loadPlugin } from "#src/tiles/load-plugin.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

const minimal = `export default { name: "mine", description: "d", params: { safeParse() {} }, probe() {}, open() {} };`;

const fails = (code: ErrorCode, message: RegExp) => (error: unknown) => {
  assert.ok(isCirrusError(error, code), String(error));
  assert.match(error.message, message);
  return true;
};

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

describe("built-in plugins", () => {
  it("are the folders of plugins/", async () => {
    const folder = fileURLToPath(new URL("../../../plugins", import.meta.url));
    const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    assert.deepEqual(Object.keys(builtinPlugins).sort(), names.map(({ name }) => name).sort());
  });

  it("say their name and aliases as the table does", async () => {
    const plugins = await listPlugins();
    assert.deepEqual(Object.fromEntries(plugins.map(({ name, aliases }) => [name, aliases])), builtinPlugins);
  });

  it("answer to their names and to the ingest client's class names, in every spelling", async () => {
    for (const [name, plugin] of [
      ["catmaid", "catmaid"],
      ["CatmaidFileImageStackPathProcessor", "catmaid"],
      ["ingest.plugins.filesystem.CatmaidFileImageStackPathProcessor", "catmaid"],
      ["ingestclient.plugins.catmaid.CatmaidFileImageStackTileProcessor", "catmaid"],
      ["ingest.plugins.multipage_tiff.SingleTimeTiffPathProcessor", "multipage-tiff"],
    ] as const)
      assert.equal((await loadPlugin(name, "/")).name, plugin);
  });
});

describe("plugins of one's own", () => {
  it("that make a mistake are told by their name, and not as a fault of cirrus or of the tile", async () => {
    const text = `import { z } from "cirrus/plugin";
      export default { name: "clumsy", description: "x", params: z.strictObject({}), probe: () => undefined.size,
        open: async () => ({ pathProcessor: () => ({ url: "a" }), tileProcessor: { decode: async (l) => l.page ? null.x : { data: new Uint8Array(3), dataType: "uint8", channels: 1, widthPx: 2, heightPx: 2, covers: { x0: 0, y0: 0, x1: 2, y1: 2 } } } }) };`;
    const folder = await folderWith({ "clumsy.mjs": text });
    const plugin = await loadPlugin("./clumsy.mjs", folder);
    const clumsy = (message: RegExp) => (error: unknown) => {
      assert.ok(isCirrusError(error, "E_PLUGIN_FAILED"), String(error));
      assert.match(error.message, message);
      return true;
    };
    await assert.rejects(
      plugin.probe({}, { baseFolder: folder }),
      clumsy(/^plugin clumsy failed in probe: TypeError: /),
    );
    const open = await plugin.open({}, { baseFolder: folder });
    assert.ok("tileProcessor" in open);
    await assert.rejects(
      open.tileProcessor.decode({ url: "a", page: 1 }, emptySource),
      clumsy(/^plugin clumsy failed in decode of a: TypeError: /),
    );
    await assert.rejects(
      open.tileProcessor.decode({ url: "a" }, emptySource),
      clumsy(/it gave 3 voxels, and covers 4/),
    );
  });

  it("load by a path that is relative to the config", async () => {
    const folder = await folderWith({ "plugins/mine.mjs": minimal });
    assert.equal((await loadPlugin("./plugins/mine.mjs", folder)).name, "mine");
    assert.equal((await loadPlugin("plugins/mine.mjs", folder)).name, "mine");
    assert.equal((await loadPlugin(join(folder, "plugins/mine.mjs"), "/")).name, "mine");
  });

  it("load by the name of a package installed at or above the config's folder, ES modules too", async () => {
    const folder = await folderWith({
      "node_modules/tiles-a/package.json": `{ "type": "module", "exports": { ".": { "import": "./a.js" } } }`,
      "node_modules/tiles-a/a.js": minimal,
      "node_modules/@lab/tiles-b/package.json": `{ "main": "lib" }`,
      "node_modules/@lab/tiles-b/lib/index.js": minimal.replace("export default", "module.exports ="),
      "node_modules/tiles-c/package.json": `{ "exports": { ".": "./no.mjs", "./sub": { "types": "./x.d.ts", "default": "./sub.mjs" } } }`,
      "node_modules/tiles-c/sub.mjs": minimal,
      "deep/er/job.json": "{}",
    });
    for (const name of ["tiles-a", "@lab/tiles-b", "tiles-c/sub"])
      assert.equal((await loadPlugin(name, join(folder, "deep/er"))).name, "mine", name);
  });

  it("may import cirrus/plugin from any folder", async () => {
    const folder = await folderWith({
      "mine.mjs": `import { definePlugin, z } from "cirrus/plugin";
        export default definePlugin({ name: "mine", description: "d", params: z.strictObject({}), probe() {}, open() {} });`,
    });
    assert.equal((await loadPlugin("./mine.mjs", folder)).name, "mine");
  });

  it("that do not exist are unknown, with the nearest name", async () => {
    const folder = await temporaryFolder();
    await assert.rejects(
      loadPlugin("catmiad", folder),
      fails("E_PLUGIN_UNKNOWN", /"catmiad" \(did you mean "catmaid"\?\)/),
    );
    await assert.rejects(loadPlugin("./mine.mjs", folder), fails("E_PLUGIN_UNKNOWN", /no plugin at .*mine\.mjs/));
    await assert.rejects(loadPlugin("some-package", folder), fails("E_PLUGIN_UNKNOWN", /neither built in \(catmaid, /));
  });

  it("that are no plugins say what they lack", async () => {
    const folder = await folderWith({
      "none.mjs": "export const x = 1;",
      "name.mjs": "export default {};",
      "open.mjs": `export default { name: "a", description: "b", probe() {} };`,
      "params.mjs": minimal.replace("{ safeParse() {} }", "{}"),
      "broken.mjs": "export default {",
      "throws.mjs": "throw new Error('no licence');",
      "imports.mjs": "import './other.mjs';",
    });
    for (const [name, message] of [
      ["none", /no default export/],
      ["name", /its `name` is no text/],
      ["open", /its `open` is no function/],
      ["params", /its `params` is no zod schema/],
      ["broken", /does not load/],
      ["throws", /does not load: no licence/],
      ["imports", /does not load: .*other\.mjs/],
    ] as const)
      await assert.rejects(loadPlugin(`./${name}.mjs`, folder), fails("E_PLUGIN_INVALID", message), name);
  });
});
