// Ingest into gs:// (fake-gcs-server): a killed supervisor, a destination that refuses for a while, lost replies, readers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { startFaultyProxy, type Fault, type FaultyProxy } from "../fixtures/faulty-proxy.js";
import { assertAddsUp, factsOf, type ToldStatus } from "../fixtures/job-facts.js";
import { assertReadAlike, emulator, makeStacks } from "../fixtures/python-stacks.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let gcs: FakeGcs;
let proxy: FaultyProxy;
let ws: Workspace;
/** What the proxy does with the next requests. */
let fault: (method: string, url: string) => Fault;
const none = (): Fault => ({ kind: "none" });

before(async () => {
  fault = none;
  gcs = await startFakeGcs();
  await gcs.createBucket("volumes");
  proxy = await startFaultyProxy(gcs.endpoint, ({ method = "", url = "" }) => fault(method, url));
  ws = await workspace({ CIRRUS_GCS_ENDPOINT: proxy.endpoint });
});
after(async () => {
  await ws.dispose();
  await proxy.stop();
  await gcs.stop();
});

const verify = (url: string): Promise<VerifyReport> => ws.json<VerifyReport>(["verify", url]);

describe("ingest into a bucket", () => {
  it("gives a volume, gzip by Content-Encoding, that both readers read as defined", async () => {
    const file = ws.at("grey.npy");
    const size = [301, 233, 41];
    makeStacks([{ kind: "catmaid", file, root: ws.at("tiles"), tile: [128, 100], dataType: "uint8", size }]);
    const url = "gs://volumes/grey/v";
    const config = await ws.config("grey", {
      source: { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: [128, 100] } },
      destination: { path: url, resolutionNm: [4, 4, 40], voxelOffset: [3, 0, 2] },
    });
    await ws.expect(0, ["ingest", config, "-p", "2"]);
    const { state, problems } = await verify(url);
    assert.deepEqual([state, problems], ["complete", []]);
    const list = await fetch(`${gcs.endpoint}/storage/v1/b/volumes/o?prefix=grey/v/4_4_40/`);
    const { items } = (await list.json()) as { items: { name: string; contentEncoding?: string }[] }; // the JSON API's list
    assert.equal(items.length, 20);
    assert.deepEqual([...new Set(items.map(({ contentEncoding }) => contentEncoding))], ["gzip"]);
    assertReadAlike([{ path: url, file, offset: [3, 0, 2] }], emulator(gcs.endpoint));
    await ws.expect(0, ["preview", url, "--out", ws.at("grey.png")]);
    const shown = await ws.json<{ sources: string[] }>(["provenance", "show", url]);
    assert.deepEqual(shown.sources, ["https://example.org/stack"]);
  });

  it("is finished by join after its supervisor was killed", async () => {
    const url = "gs://volumes/killed/v";
    const job = await slowJob(ws, "killed", { delayMs: 100, path: url });
    const run = ws.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    const told = () => ws.json<{ job: ToldStatus }>(["status", "--job-id", jobId!]);
    while ((await told()).job.done === 0) await sleep(50); // what progress shows may not be in the database yet
    run.child.kill("SIGKILL");
    await run.result;
    const { job: status } = await told();
    assertAddsUp(status);
    const facts = await factsOf(url, jobId!, { endpoint: gcs.endpoint });
    assert.ok(status.done > 0 && status.done <= facts.done.length);
    await ws.expect(0, ["join", "--job-id", jobId!, "-p", "2"]);
    assert.equal((await verify(url)).state, "complete");
    await assertMips(url, job.expected(), { endpoint: gcs.endpoint });
  });

  it("waits while the bucket answers 503, and bears lost replies", async () => {
    const url = "gs://volumes/refused/v";
    const job = await slowJob(ws, "refused", { delayMs: 20, path: url, gatedFrom: 24, sections: 48 });
    let requests = 0;
    let refused = 0;
    let lost = 0;
    const run = ws.start([...job.ingest, "--progress", "json"]);
    await run.told(/"tasksDone":[1-9]/);
    const untilMs = performance.now() + 8000;
    fault = (method) => {
      requests++;
      if (performance.now() < untilMs) {
        refused++;
        return { kind: "status", status: 503 };
      }
      if (method !== "GET" && requests % 5 === 0) {
        lost++;
        return { kind: "lost-reply" };
      }
      return none();
    };
    await job.open();
    const { code, stderr } = await run.result;
    fault = none;
    assert.equal(code, 0, stderr);
    assert.ok(refused > 0 && lost > 0, `${refused} refused, ${lost} replies lost`);
    const { state, problems } = await verify(url);
    assert.deepEqual([state, problems], ["complete", []]);
    await assertMips(url, job.expected(), { endpoint: gcs.endpoint });
  });

  it("that is not there, or may not be written, ends with 5 and one clear error", async () => {
    const job = await slowJob(ws, "no-bucket", { delayMs: 1, path: "gs://nowhere/v" });
    const { stderr } = await ws.expect(5, job.ingest);
    assert.match(stderr, /bucket/);
    fault = (method) => (method === "GET" ? none() : { kind: "status", status: 403 });
    const denied = await slowJob(ws, "denied", { delayMs: 1, path: "gs://volumes/denied/v" });
    const { stderr: said } = await ws.expect(5, denied.ingest);
    fault = none;
    assert.match(said, /E_STORE_DENIED/);
    const list = await fetch(`${gcs.endpoint}/storage/v1/b/volumes/o?prefix=denied/`);
    assert.equal(((await list.json()) as { items?: unknown[] }).items?.length ?? 0, 0); // the JSON API's list
  });
});
