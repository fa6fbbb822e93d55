// Ingest into s3:// (moto): a killed supervisor, lost replies, readers; and what a web server gives of the volume.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { startFaultyProxy, type Fault, type FaultyProxy } from "../fixtures/faulty-proxy.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";
import { assertReadAlike, makeStacks } from "../fixtures/python-stacks.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let moto: Moto;
let proxy: FaultyProxy;
let ws: Workspace;
/** What the proxy does with the next requests. */
let fault: (method: string, url: string) => Fault;
const none = (): Fault => ({ kind: "none" });

before(async () => {
  fault = none;
  moto = await startMoto();
  await moto.createBucket("volumes");
  proxy = await startFaultyProxy(moto.endpoint, ({ method = "", url = "" }) => fault(method, url));
  // The commands reach the bucket by our variable, the readers and this process by Amazon's.
  Object.assign(process.env, awsEnv(moto.endpoint));
  ws = await workspace({ ...awsEnv(moto.endpoint), CIRRUS_S3_ENDPOINT: proxy.endpoint });
});
after(async () => {
  await ws.dispose();
  await proxy.stop();
  await moto.stop();
});

const verify = (url: string): Promise<VerifyReport> => ws.json<VerifyReport>(["verify", url]);

describe("ingest into s3://", () => {
  it("gives a volume, gzip by Content-Encoding, that both readers read as defined, and every command too", async () => {
    const file = ws.at("grey.npy");
    const size = [201, 133, 41];
    makeStacks([{ kind: "catmaid", file, root: ws.at("tiles"), tile: [128, 100], dataType: "uint8", size }]);
    const url = "s3://volumes/grey/v";
    const config = await ws.config("grey", {
      source: { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: [128, 100] } },
      destination: { path: url, resolutionNm: [4, 4, 40], voxelOffset: [3, 0, 2] },
    });
    await ws.expect(0, ["ingest", config, "-p", "2"]);
    const { state, problems } = await verify(url);
    assert.deepEqual([state, problems], ["complete", []]);
    const chunk = await fetch(`${moto.endpoint}/volumes/grey/v/4_4_40/3-67_0-64_2-43`, { method: "HEAD" });
    assert.equal(chunk.headers.get("content-encoding"), "gzip");
    await ws.expect(0, ["preview", url, "--out", ws.at("grey.png")]);
    const shown = await ws.json<{ sources: string[] }>(["provenance", "show", url]);
    assert.deepEqual(shown.sources, ["https://example.org/stack"]);
    const links = await ws.expect(0, ["view", url, "--print-url"]);
    assert.match(links.stdout, /s3%3A%2F%2Fvolumes%2Fgrey%2Fv/);

    // The same volume by the bucket's public endpoint: what needs no list works, the rest says why it cannot.
    const web = `${moto.endpoint}/volumes/grey/v`;
    assertReadAlike(
      [url, web].map((path) => ({ path, file, offset: [3, 0, 2] })),
      awsEnv(moto.endpoint),
    );
    await ws.expect(0, ["preview", web, "--out", ws.at("web.png")]);
    const told = await ws.json<{ jobs: { status: string }[]; problems: string[] }>(["provenance", "show", web]);
    assert.deepEqual([told.jobs.map(({ status }) => status), told.problems], [["completed"], []]);
    const check = await ws.expect(0, ["provenance", "check", web]);
    assert.match(check.stdout, /chunks: \d+ objects as documented, by digest/);
    assert.equal((await verify(web)).state, "complete");
    assert.match((await ws.expect(5, ["provenance", "report", web])).stderr, /web server, which cannot list/);
    assert.match((await ws.expect(5, ["downsample", web, "--motivation", "x"])).stderr, /read-only|cannot list/);
  });

  it("is finished by join after its supervisor was killed, and bears 503 and lost replies", async () => {
    const url = "s3://volumes/killed/v";
    const job = await slowJob(ws, "killed", { delayMs: 50, path: url });
    const run = ws.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksDone":[1-9]/);
    run.child.kill("SIGKILL");
    await run.result;
    let requests = 0;
    fault = (method) => {
      requests++;
      if (requests % 29 === 0) return { kind: "status", status: 503 };
      return method === "PUT" && requests % 31 === 0 ? { kind: "lost-reply" } : { kind: "none" };
    };
    await ws.expect(0, ["join", "--job-id", jobId!, "-p", "2"]);
    fault = none;
    assert.equal((await verify(url)).state, "complete");
    await assertMips(url, job.expected());
  });
});
