import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inTemporaryFolder, runCli } from "./run-cli.js";
import { writeStack } from "./stack.js";

describe("cirrus status", () => {
  it("lists no jobs where there are none, tells all about one, and knows near ids", () =>
    inTemporaryFolder(async (cwd) => {
      const cli = (...args: string[]) => runCli(args, { cwd });
      try {
        assert.deepEqual(await cli("status"), { code: 0, stdout: "no jobs\n", stderr: "" });

        await writeStack(join(cwd, "stack"));
        await cli("init", "stack", "--out", "job.json", "--resolution-nm", "4,4,40");
        const draft = JSON.parse(await readFile(join(cwd, "job.json"), "utf8")) as { source: object };
        const provenance = { sources: ["here"], motivation: "a test", process: { description: "ingest" } };
        await writeFile(
          join(cwd, "job.json"),
          JSON.stringify({ ...draft, source: { ...draft.source, missing: "fill" }, provenance }),
        );
        const ingested = await cli("ingest", "job.json", "-p", "1");
        assert.equal(ingested.code, 0, ingested.stderr);

        const { jobs } = JSON.parse((await cli("status", "--json")).stdout) as {
          jobs: { jobId: string; state: string; tasks: number }[];
        };
        assert.deepEqual(
          jobs.map(({ state, tasks }) => ({ state, tasks })),
          [{ state: "done", tasks: 1 }],
        );
        const { jobId } = jobs[0]!;
        assert.match(
          (await cli("status")).stdout,
          new RegExp(`^job +state +done +begun +volume\\n${jobId} +done +100 % .* UTC +file://.*/volume\\n$`),
        );

        const one = await cli("status", "--job-id", jobId);
        assert.equal(one.stderr, "");
        assert.match(
          one.stdout,
          new RegExp(`^job ${jobId} {2}done\\ningest into file://.*/volume, by .+\\n1 of 1 task done\\n1 chunk, `),
        );
        assert.match(one.stdout, /\nfilled with background\n( {2}missing {2}.*\/stack\/4\/[01]_[01]_0\.png\n){4}$/);
        assert.equal((await cli("status", "--job-id", jobId, "--watch")).stdout, one.stdout);

        const near = `${jobId.slice(0, -1)}${jobId.endsWith("0") ? "1" : "0"}`;
        const unknown = await cli("status", "--job-id", near);
        assert.equal(unknown.code, 2);
        assert.equal(unknown.stderr.split("\n")[0], `cirrus: there is no job ${near} here (did you mean "${jobId}"?)`);
      } finally {
        await cli("store", "stop");
      }
    }));
});
