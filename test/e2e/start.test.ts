// A start that is killed, doubled or withdrawn between its job's row, its record and its first chunk.
import assert from "node:assert/strict";
import { readdir, stat, truncate } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { resume } from "../fixtures/processes.js";
import { signalAt } from "../fixtures/signal-at.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { noise } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => {
  ws = await workspace();
  await writeTiles(ws.at("grey"), noise({ dataType: "uint8", size: [90, 60, 20] }), { tile: [64, 50] });
});
after(() => ws.dispose());

const config = (name: string, { root = "./grey", corrupt = "fail" } = {}) =>
  ws.config(`${name}-${corrupt}`, {
    source: { plugin: "catmaid", params: { root, extension: "png", tileSize: [64, 50] }, corrupt },
    destination: { path: `./${name}`, resolutionNm: [4, 4, 30], chunkSize: [32, 32, 8] },
  });

async function runsOf(name: string): Promise<readonly (readonly [string, string])[]> {
  const { runs } = await ws.json<VerifyReport>(["verify", `./${name}`]);
  return runs.map(({ jobId, status }) => [jobId, status] as const);
}

async function onlyJobOf(name: string): Promise<{ readonly jobId: string; readonly state: string }> {
  const { jobs } = await ws.json<{ jobs: { jobId: string; state: string; destination: string }[] }>(["status"]);
  const own = jobs.filter(({ destination }) => destination.endsWith(`/${name}`));
  assert.equal(own.length, 1);
  return own[0]!;
}

describe("a start", () => {
  it("that was killed after its claim leaves nothing that stands in a later job's way", async () => {
    const path = await config("claimed");
    const killed = ws.start(["ingest", path], {
      env: signalAt({ signal: "SIGKILL", when: "after", pattern: "/claims/" }),
    });
    assert.equal((await killed.result).code, null);
    await ws.expect(0, ["ingest", path, "-p", "1"]);
    const { jobId } = await onlyJobOf("claimed");
    assert.deepEqual(await runsOf("claimed"), [[jobId, "completed"]]);
    await ws.expect(0, ["downsample", "./claimed", "--motivation", "to see that nobody claims it"]);
  });

  it("that was killed after its claim and is cancelled gives the claim up", async () => {
    const path = await config("given-up");
    const env = signalAt({ signal: "SIGKILL", when: "after", pattern: "/claims/" });
    await ws.start(["ingest", path], { env }).result;
    await ws.expect(0, ["cancel", "--job-id", (await onlyJobOf("given-up")).jobId, "--yes"]);
    await ws.expect(0, ["ingest", path, "-p", "1"]);
    assert.deepEqual(
      (await runsOf("given-up")).map(([, status]) => status),
      ["completed"],
    );
  });

  it("done twice at the same time is one job, which a kill leaves joinable", async () => {
    const path = await config("twice");
    const first = ws.start(["ingest", path, "-p", "1"], {
      env: signalAt(
        { signal: "SIGSTOP", when: "after", pattern: "/twice/info$" },
        { signal: "SIGKILL", when: "before", pattern: "/manifests/" },
      ),
    });
    const [, firstPid] = await first.told(/SIGSTOP (\d+)/);
    const second = ws.start(["ingest", path, "-p", "1"], {
      env: signalAt({ signal: "SIGSTOP", when: "after", pattern: "/events/" }),
    });
    const [, secondPid] = await second.told(/SIGSTOP (\d+)/);
    await resume(Number(firstPid));
    assert.equal((await first.result).code, null);
    process.kill(Number(secondPid), "SIGKILL");
    await second.result;
    const { jobId } = await onlyJobOf("twice");
    await ws.expect(0, ["join", "--job-id", jobId, "-p", "1"]);
    assert.deepEqual(await runsOf("twice"), [[jobId, "completed"]]);
    assert.deepEqual(
      (await readdir(ws.at("twice"))).filter((name) => name.startsWith(".cirrus-tmp")),
      [],
    );
  });

  it("that is cancelled before it is admitted says so and withdraws its record", async () => {
    const path = await config("late");
    const start = ws.start(["ingest", path, "-p", "1"], {
      env: signalAt({ signal: "SIGSTOP", when: "after", pattern: "/late/info$" }),
    });
    const [, pid] = await start.told(/SIGSTOP (\d+)/);
    const { jobId } = await onlyJobOf("late");
    await ws.expect(0, ["cancel", "--job-id", jobId, "--yes"]);
    await resume(Number(pid));
    const { code, stderr } = await start.result;
    assert.equal(code, 2);
    assert.match(stderr, /was cancelled meanwhile/);
    await ws.expect(0, ["ingest", path, "-p", "1"]);
    assert.deepEqual(
      (await runsOf("late")).map(([, status]) => status),
      ["completed"],
    );
  });
});

describe("cancelling a failed job", () => {
  it("leaves the chunks of another job that writes in its place", async () => {
    await writeTiles(ws.at("torn"), noise({ dataType: "uint8", size: [90, 60, 20] }), { tile: [64, 50] });
    const tile = ws.at("torn", "7", "0_0_0.png");
    await truncate(tile, Math.floor((await stat(tile)).size / 2));
    const failing = await config("shared", { root: "./torn" });
    await ws.expect(6, ["ingest", failing, "-p", "1"]);
    const { jobId } = await onlyJobOf("shared");
    const filling = ws.start(["ingest", await config("shared", { root: "./torn", corrupt: "fill" }), "-p", "1"], {
      env: signalAt({ signal: "SIGSTOP", when: "after", pattern: "/4_4_30/", nth: 5 }),
    });
    const [, pid] = await filling.told(/SIGSTOP (\d+)/);
    await ws.expect(0, ["cancel", "--job-id", jobId, "--yes"]);
    await resume(Number(pid));
    assert.equal((await filling.result).code, 0);
    assert.equal((await ws.json<VerifyReport>(["verify", "./shared"])).state, "complete");
  });
});
