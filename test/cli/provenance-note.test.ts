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
