import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { admit } from "#src/provenance/admit.js";
import { complete } from "#src/provenance/log.js";
import { gitEnv } from "#src/provenance/model/code-env.js";
import { inTemporaryFolder, runCli } from "./run-cli.js";

/** A volume's provenance as a job leaves it. */
async function writeProvenance(volume: string): Promise<void> {
  const { recordKey } = await admit({
    destination: volume,
    jobId: "1fq2k9-x7pd",
    declaration: {
      sources: ["s3://microscope/2026-03"],
      motivation: "Segmentation of\nthe antennal lobe",
      process: { description: "ingest", parameters: { ids: [648518346349515986n], scale: "fine" } },
    },
    codeEnvs: [
      gitEnv({
        remoteUrl: "https://example.org/lab/align.git",
        folderName: "align",
        commit: "0123456789abcdef0123456789abcdef01234567",
        branch: null,
        tag: null,
        isDirty: false,
        patch: "",
        leftOut: [],
        problems: [],
      }),
    ],
  });
  await complete({ destination: volume, recordKey, status: "completed", message: "all done" });
}

describe("cirrus provenance show", () => {
  it("prints sources, motivation, process, code, notes and jobs", () =>
    inTemporaryFolder(async (cwd) => {
      await writeProvenance(join(cwd, "volume"));
      const { code, stdout, stderr } = await runCli(["provenance", "show", "volume"], { cwd });
      assert.equal(stderr, "");
      assert.equal(code, 0);
      const text = stdout
        .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d{3})?(Z|\+00:00)?/g, "<time>")
        .replace(/,? ?by \S+,/, "");
      assert.match(text, /^file:\/\/\/.*\/volume\n\nsources\n {2}s3:\/\/microscope\/2026-03\n/);
      assert.match(text, /\nmotivation\n {2}Segmentation of\n {2}the antennal lobe\n/);
      assert.match(text, /\nprocess\n {2}ingest.*\n {4}ids {4}\[648518346349515986\]\n {4}scale {2}fine\n/);
      assert.match(
        text,
        /\ncode\n {2}git {6}https:\/\/example\.org\/lab\/align\.git 0123456789ab {2}\(align_0123456789abcdef.*\)\n/,
      );
      assert.match(text, /\ntimeline\n {2}<time> {2}job {9}1fq2k9-x7pd began: ingest\n/);
      assert.match(text, /\n {2}<time> {2}motivation {2}Segmentation of\n {32}the antennal lobe\n/);
      assert.match(text, /\n {2}<time> {2}result {6}all done\n/);
      assert.match(text, /\njobs\n {2}1fq2k9-x7pd {2}completed {2}<time> {2}<time>\n$/);
    }));

  it("keeps every digit with --json", () =>
    inTemporaryFolder(async (cwd) => {
      await writeProvenance(join(cwd, "volume"));
      const { stdout } = await runCli(["provenance", "show", "volume", "--json"], { cwd });
      assert.match(stdout, /^\{\n {2}"schemaVersion": 1,\n {2}"url": "file:/);
      assert.match(stdout, /\n +648518346349515986\n/);
      assert.equal((JSON.parse(stdout) as { jobs: { status: string }[] }).jobs[0]!.status, "completed");
    }));

  it("ends with 3 for a volume without provenance, with 5 where there is no volume", () =>
    inTemporaryFolder(async (cwd) => {
      await mkdir(join(cwd, "bare"));
      await writeFile(join(cwd, "bare/info"), "{}");
      const bare = await runCli(["provenance", "show", "bare"], { cwd });
      assert.equal(bare.code, 3);
      assert.match(bare.stdout, /This volume has no provenance\./);
      const nothing = await runCli(["provenance", "show", "nothing"], { cwd });
      assert.equal(nothing.code, 5);
      assert.match(nothing.stderr, /^cirrus: there is no volume at file:.*nothing\n/);
    }));
});
