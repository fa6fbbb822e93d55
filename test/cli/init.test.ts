import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { grey, writeStack } from "./stack.js";
import { inTemporaryFolder, runCli } from "./run-cli.js";

interface Draft {
  readonly source: { readonly plugin: string; readonly params: Record<string, unknown>; readonly extent: unknown };
  readonly destination: Record<string, unknown>;
  readonly provenance: unknown;
}

const withStack = (use: (cwd: string) => Promise<void>) =>
  inTemporaryFolder(async (cwd) => {
    await writeStack(join(cwd, "stack"));
    await use(cwd);
  });

describe("cirrus init", () => {
  it("prints a config that lacks only what no file can tell", () =>
    withStack(async (cwd) => {
      const { code, stdout, stderr } = await runCli(["init", "./stack"], { cwd });
      assert.equal(code, 0);
      const { $schema, ...config } = JSON.parse(stdout) as Draft & { $schema: string };
      assert.match($schema, /job-config\.schema\.json$/);
      assert.deepEqual(config, {
        version: 1,
        source: {
          plugin: "catmaid",
          params: { root: "./stack", extension: "png", tileSize: [32, 32], zoom: 0 },
          extent: { x: [0, 42], y: [0, 42], z: [3, 6] },
          missing: "fail",
          corrupt: "fail",
        },
        destination: {
          path: "./volume",
          type: "image",
          dataType: "uint8",
          channels: 1,
          resolutionNm: [null, null, null],
          voxelOffset: [0, 0, 0],
          chunkSize: [64, 64, 64],
          encoding: "raw",
          compression: "auto",
          mips: "auto",
          background: 0,
        },
        provenance: { sources: [join(cwd, "stack")], motivation: "", process: { description: "", parameters: {} } },
      });
      assert.match(stdout, /\n {6}"x": \[0, 42\],\n/);
      assert.match(stderr, /^source: catmaid, 8 files, /);
      assert.match(stderr, /extent: x \[0, 42\) {2}y \[0, 42\) {2}z \[3, 6\), 42 x 42 x 3 voxels/);
      assert.match(stderr, /warning: 4 tiles missing inside the extent: .*stack\/4\/0_0_0\.png/);
      assert.match(
        stderr,
        /to fill in: destination\.resolutionNm, provenance\.motivation, provenance\.process\.description\n/,
      );
    }));

  it("writes paths relative to the folder of --out", () =>
    withStack(async (cwd) => {
      await mkdir(join(cwd, "jobs"));
      const { code, stdout } = await runCli(["init", "stack", "--out", "jobs/a.json", "--resolution-nm", "4,4,50"], {
        cwd,
      });
      assert.equal(code, 0);
      assert.equal(stdout, "");
      const config = JSON.parse(await readFile(join(cwd, "jobs/a.json"), "utf8")) as Draft;
      assert.equal(config.source.params["root"], "../stack");
      assert.equal(config.destination["path"], "../volume");
      assert.deepEqual(config.destination["resolutionNm"], [4, 4, 50]);
    }));

  it("keeps a path that was typed absolute", () =>
    withStack(async (cwd) => {
      const { stdout } = await runCli(["init", join(cwd, "stack"), "--destination", "gs://bucket/volume"], { cwd });
      const config = JSON.parse(stdout) as Draft;
      assert.equal(config.source.params["root"], join(cwd, "stack"));
      assert.equal(config.destination["path"], "gs://bucket/volume");
    }));

  it("refuses to replace a file, unless told so", () =>
    withStack(async (cwd) => {
      await writeFile(join(cwd, "job.json"), "precious");
      const refused = await runCli(["init", "stack", "--out", "job.json"], { cwd });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^cirrus: .*job\.json exists already\n {2}hint: .*--force/);
      assert.equal(await readFile(join(cwd, "job.json"), "utf8"), "precious");
      assert.equal((await runCli(["init", "stack", "--out", "job.json", "--force"], { cwd })).code, 0);
      assert.match(await readFile(join(cwd, "job.json"), "utf8"), /"plugin": "catmaid"/);
    }));

  it("recognises TIFF files, and takes the pixel size from their tags", () =>
    inTemporaryFolder(async (cwd) => {
      await mkdir(join(cwd, "s"));
      for (const n of [1, 2, 10])
        await grey(20, 10)
          .tiff({ compression: "lzw", xres: 25_000, yres: 25_000, resolutionUnit: "cm" })
          .toFile(join(cwd, `s/${n}.tif`));
      const { code, stdout, stderr } = await runCli(["init", "s/1.tif", "s/10.tif", "s/2.tif"], { cwd });
      assert.equal(code, 0, stderr);
      const config = JSON.parse(stdout) as Draft;
      assert.equal(config.source.plugin, "multipage-tiff");
      assert.equal(config.source.params["files"], "./s/*.tif");
      assert.deepEqual(config.source.extent, { x: [0, 20], y: [0, 10], z: [0, 3] });
      assert.deepEqual(config.destination["resolutionNm"], [40, 40, null]);
      assert.match(stderr, /resolution: 40 x 40 x \? nm.*: fill in the distance of sections/);
    }));

  it("takes a pattern of names, and a table, with the tiles' own size, and the pixel size from a tile's tags", () =>
    inTemporaryFolder(async (cwd) => {
      await mkdir(join(cwd, "s"));
      const tags = { compression: "lzw", xres: 25_000, yres: 25_000, resolutionUnit: "cm" } as const;
      const tiles = [0, 1].flatMap((z) => [0, 1].map((x) => ({ z, x, name: `s/z${z + 7}_${x}.tif` })));
      for (const { name } of tiles) await grey(20, 10).tiff(tags).toFile(join(cwd, name));
      const lines = tiles.map(({ z, x, name }) => `${z},${x},${name}`);
      await writeFile(join(cwd, "t.csv"), ["z,column,location", ...lines].join("\n"));
      const sources: [string, string, object][] = [
        ["s/z<o:7>_<x>.tif", "z-stack", { root: "./s", pattern: "z<o:7>_<x>.tif", tileSize: [20, 10] }],
        ["t.csv", "index-file", { index: "./t.csv", tileSize: [20, 10] }],
      ];
      for (const [typed, plugin, params] of sources) {
        const { code, stdout, stderr } = await runCli(["init", typed], { cwd });
        assert.equal(code, 0, stderr);
        const { source, destination } = JSON.parse(stdout) as Draft;
        assert.deepEqual([source.plugin, source.params], [plugin, params]);
        assert.deepEqual(source.extent, { x: [0, 40], y: [0, 10], z: [0, 2] });
        assert.deepEqual(destination["resolutionNm"], [40, 40, null]);
      }
      const other = await runCli(["init", "t.csv", "--resolution-nm", "4,40,50"], { cwd });
      assert.match(other.stderr, /the config says 4 x 40 x 50 nm per voxel, the source 40 x 40 per pixel \(resolution/);
    }));

  it("says what there is not: no files, no source, no such plugin", () =>
    inTemporaryFolder(async (cwd) => {
      await writeFile(join(cwd, "a.txt"), "");
      const missing = await runCli(["init", "nothing"], { cwd });
      assert.equal(missing.code, 4);
      assert.match(missing.stderr, /there is nothing at .*nothing\n/);
      const strange = await runCli(["init", "a.txt"], { cwd });
      assert.equal(strange.code, 4);
      assert.match(strange.stderr, /no tile source is recognised in .*a\.txt \(tried: catmaid, /);
      const plugin = await runCli(["init", "a.txt", "--plugin", "catmiad"], { cwd });
      assert.equal(plugin.code, 2);
      assert.match(plugin.stderr, /did you mean "catmaid"\?/);
      const triple = await runCli(["init", "a.txt", "--resolution-nm", "4,0,50"], { cwd });
      assert.equal(triple.code, 2);
    }));

  it("gives config and findings as one object with --json", () =>
    withStack(async (cwd) => {
      const { stdout } = await runCli(["init", "stack", "--json", "--quiet"], { cwd });
      const data = JSON.parse(stdout) as Record<string, unknown> & { found: { missingCount: number } };
      assert.deepEqual(Object.keys(data), ["schemaVersion", "file", "config", "blanks", "found"]);
      assert.equal(data.found.missingCount, 4);
    }));
});

describe("cirrus plugins", () => {
  it("lists the built-in sources", () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout } = await runCli(["plugins"], { cwd });
      assert.equal(code, 0);
      assert.match(stdout, /^catmaid {9}CATMAID tile stack/);
    }));

  it("prints the params of one, and of a plugin by path", () =>
    inTemporaryFolder(async (cwd) => {
      assert.match(
        (await runCli(["plugins", "catmaid"], { cwd })).stdout,
        /\n {2}root +string +required +Folder of the stack/,
      );
      const { plugins } = JSON.parse((await runCli(["plugins", "catmaid", "--json"], { cwd })).stdout) as {
        plugins: { name: string; paramsSchema: { required: string[] } }[];
      };
      assert.deepEqual(plugins[0]!.paramsSchema.required, ["root", "extension", "tileSize"]);
      await writeFile(
        join(cwd, "own.mjs"),
        `export default { name: "own", description: "Mine", params: { safeParse() {} }, probe() {}, open() {} };`,
      );
      assert.equal(
        (await runCli(["plugins", "./own.mjs"], { cwd })).stdout,
        "own  Mine\n\n  its params cannot be listed\n",
      );
    }));
});
