// The commands that document a volume of another tool.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inTemporaryFolder, runCli } from "./run-cli.js";

const withVolume = (use: (cwd: string) => Promise<void>): Promise<void> =>
  inTemporaryFolder(async (cwd) => {
    await mkdir(join(cwd, "seg"));
    await writeFile(join(cwd, "seg/info"), "{}");
    await use(cwd);
  });

describe("cirrus provenance note", () => {
  it("adds notes once and lists them by type, text, tag and segment", () =>
    withVolume(async (cwd) => {
      const add = (...args: string[]) => runCli(["provenance", "note", "add", "seg", ...args], { cwd });
      const first = await add("--motivation", "why; not", "--result", "12 merges", "--by", "Ann Lee <ann@lab.edu>");
      assert.equal(first.stdout, "motivation added to seg\nresult added to seg\n");
      assert.equal((await add("--motivation", "why; not")).stdout, "motivation was already in seg\n");
      await add("--generic", "split here", "--segment", "648518346349515986", "--tag", "todo", "--box", "0,0,0,9,9,9");
      const list = async (...args: string[]): Promise<string> => {
        const { stdout } = await runCli(["provenance", "note", "list", "seg", ...args], { cwd });
        return stdout.replace(/\d{4}-\d\d-\d\d \S+/g, "<time>").replace(/by (?!Ann)[^,)]+/, "by <me>");
      };
      assert.equal(await list("--type", "motivation"), "<time>  MOTIVATION  why; not  (by Ann Lee)\n");
      assert.equal(await list("--search", "MERGES"), "<time>  RESULT  12 merges  (by Ann Lee)\n");
      const about =
        "<time>  GENERIC  split here  (by <me>, #todo, segment 648518346349515986, box 0,0,0 to 9,9,9 at mip 0)\n";
      assert.equal(await list("--tag", "todo"), about);
      assert.equal(await list("--segment", "648518346349515986"), about);
      assert.equal(await list("--tag", "done"), "There is no such note.\n");
    }));

  it("warns where the attributes of a zarr volume are no JSON, and adds the note", () =>
    withVolume(async (cwd) => {
      await writeFile(join(cwd, "zarr.json"), "{");
      const added = await runCli(["provenance", "note", "add", ".", "--result", "12 merges", "--generic", "x"], {
        cwd,
      });
      assert.equal(added.code, 0);
      assert.equal(added.stdout, "result added to .\ngeneric added to .\n");
      assert.equal(added.stderr.match(/warning: zarr\.json of file:\S+ got no pointer to provenance: /g)!.length, 1);
    }));

  it("asks for a text, and for a volume", () =>
    withVolume(async (cwd) => {
      const without = await runCli(["provenance", "note", "add", "seg"], { cwd });
      assert.equal(without.code, 2);
      assert.match(without.stderr, /--motivation, --result or --generic/);
      const nowhere = await runCli(["provenance", "note", "list", "nowhere"], { cwd });
      assert.equal(nowhere.code, 5);
    }));
});

describe("cirrus provenance process add", () => {
  it("documents work with its parameters, environment, sources and times", () =>
    withVolume(async (cwd) => {
      await writeFile(join(cwd, "run.yaml"), "ids: [648518346349515986]\nratio: 1.0\n");
      const args = ["provenance", "process", "add", "seg", "--task", "agglomerate", "--parameters", "run.yaml"];
      const more = ["--docker", "lab/seg:2025.1", "--docker-id", "sha256:0123456789ab", "--source", "gs://bucket/aff"];
      const added = await runCli([...args, ...more, "--by", "ann@lab.edu", "--ended", "2025-03-01 09:30"], { cwd });
      assert.equal(added.stderr, "");
      assert.equal(
        added.stdout,
        '"agglomerate" added to seg\n  docker  lab_seg_sha2560123456789ab\n  digests of 1 object, 2 B\n',
      );
      const file = await readFile(join(cwd, "seg/provenance"), "utf8");
      assert.match(file, /648518346349515986/);
      assert.match(file, /"ratio": 1\.0/);
      assert.match(file, /"by": "ann@lab\.edu"/);
      assert.match(file, /"date": "2025-03-01 09:30 UTC"/);
      assert.match(await readFile(join(cwd, "seg/lab_seg_sha2560123456789ab"), "utf8"), /"tag": "2025\.1"/);
      const again = await runCli(args, { cwd });
      assert.equal(again.code, 3);
      assert.match(
        again.stderr,
        /^cirrus: the process "agglomerate" with these parameters has already been logged in /,
      );
      const dry = await runCli([...args, "--duplicate", "--dry-run", "--json"], { cwd });
      assert.equal((JSON.parse(dry.stdout) as { recordKey: null }).recordKey, null);
      assert.equal(await readFile(join(cwd, "seg/provenance"), "utf8"), file);
    }));
});

describe("what is no answer to the question", () => {
  const scale = { key: "4_4_40", size: [8, 8, 8], chunk_sizes: [[8, 8, 8]], resolution: [4, 4, 40], encoding: "raw" };
  const info = { type: "image", data_type: "uint8", num_channels: 1, scales: [{ ...scale, voxel_offset: [0, 0, 0] }] };

  it("is refused, with 2 where an option is wrong", () =>
    withVolume(async (cwd) => {
      await writeFile(join(cwd, "seg/info"), JSON.stringify(info));
      const cases: readonly (readonly [code: number, args: readonly string[], says: RegExp])[] = [
        [2, ["log", "seg", "--since", "garbage"], /--since .*2025-03-01/],
        [2, ["log", "seg", "--kind", "garbage"], /--kind .*Allowed choices are start/],
        [2, ["check", "seg", "--repository", "nowhere"], /there is no folder .*nowhere/],
        [2, ["note", "add", "seg", "--result", "x", "--box", "9,9,9,12,12,12"], /lies outside of mip 0/],
        [2, ["note", "add", "seg", "--result", "x", "--box", "0,0,0,1,1,1", "--mip", "3"], /no mip 3/],
        [2, ["note", "add", "seg", "--result", "x", "--box", "4,4,4,0,0,0"], /holds no voxel/],
        [2, ["note", "add", "seg", "--result", "x", "--segment", "abc"], /--segment .*decimal/],
        [2, ["process", "add", "seg", "--task", ""], /--task .*blank/],
        [2, ["process", "add", "seg", "--task", "x", "--started", "tomorrow"], /--started .*2025-03-01/],
        [
          3,
          ["process", "add", "seg", "--task", "x", "--started", "2025-02-01", "--ended", "2025-01-01"],
          /before it began/,
        ],
        [5, ["report", "nowhere"], /there is no folder/],
      ];
      const results = await Promise.all(cases.map(([, args]) => runCli(["provenance", ...args], { cwd })));
      for (const [i, [code, args, says]] of cases.entries()) {
        assert.match(results[i]!.stderr, says);
        assert.equal(results[i]!.code, code, args.join(" "));
      }
    }));

  it("is a source that is not there: said, and recorded by its whole path", () =>
    withVolume(async (cwd) => {
      const sources = ["--source", "./seg", "--source", "./nosuch", "--source", "gs://bucket/image"];
      const args = ["provenance", "process", "add", "seg", "--task", "x", "--no-chunks", ...sources];
      const { stderr } = await runCli(args, { cwd });
      assert.match(stderr, /--source: nothing is at \/.*\/nosuch/);
      const file = JSON.parse(await readFile(join(cwd, "seg/provenance"), "utf8")) as { sources: string[] };
      assert.deepEqual(file.sources, [join(cwd, "seg"), join(cwd, "nosuch"), "gs://bucket/image"]);
    }));
});
