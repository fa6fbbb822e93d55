// `cirrus serve` and `cirrus view` as a user types them.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { nextFreePort } from "#src/server/listen.js";
import { rawRequest } from "../server/serving.js";
import { startedServer } from "../fixtures/started-server.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";
import { infoWith, writeVolume } from "../volume/fixture.js";

let ws: Workspace;
before(async () => {
  ws = await workspace();
  await writeVolume({ after }, ws.at("volume"), { info: infoWith() });
});
after(() => ws.dispose());

const stateIn = (url: string): { position: number[]; layers: { source: string; shaderControls?: object }[] } =>
  JSON.parse(decodeURIComponent(url.split("#!")[1]!)) as ReturnType<typeof stateIn>;

/** Port of a server that answers every request with this status; gone with the tests. */
async function answering(status: number): Promise<number> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(`{"error":{"code":${status}}}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return (server.address() as AddressInfo).port; // listening on TCP
}

describe("cirrus serve", () => {
  it("serves until Ctrl-C, requests or not, and ends with 0", async () => {
    const { cli, url, port } = await startedServer(ws, ["serve", "volume"]);
    assert.equal(url, `http://127.0.0.1:${port}`);
    assert.equal((await rawRequest(port, "/volumes/volume/info")).status, 200);
    // More are under way whenever the signal comes.
    let answered = 0;
    const ask = async (): Promise<void> => {
      for (; cli.isRunning; answered++)
        if (!(await rawRequest(port, "/previews/volume.png").catch(() => undefined))) return;
    };
    const asking = Promise.all([ask(), ask(), ask(), ask()]);
    while (answered < 8) await rawRequest(port, "/");
    cli.child.kill("SIGINT");
    const { code, stderr } = await cli.result;
    await asking;
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("takes the volumes of the folder when none is named", async () => {
    const { cli, port } = await startedServer(ws, ["serve"]);
    const list = JSON.parse((await rawRequest(port, "/api/volumes")).body.toString()) as {
      volumes: { name: string }[];
    };
    assert.deepEqual(
      list.volumes.map(({ name }) => name),
      ["volume"],
    );
    cli.child.kill("SIGTERM");
    assert.equal((await cli.result).code, 0);
  });

  it("says in one sentence what is wrong, with the exit code for it", async () => {
    const taken = await answering(404);
    await mkdir(ws.at("broken"));
    await mkdir(ws.at("none"));
    const info = JSON.stringify({ type: "image", data_type: "UINT8", num_channels: 1, scales: [] });
    await writeFile(ws.at("broken", "info"), info);
    await writeFile(ws.at("file"), "");
    for (const [args, code, message] of [
      [["serve", "none"], 5, /there is no volume at file:.*none: it has no info file/],
      [["view", "none"], 5, /there is no volume at file:.*none/],
      [["serve", "file"], 5, /there is no volume at file:.*file/],
      [["serve", "broken"], 5, /broken\/info breaks the precomputed format: data_type must be one of/],
      [["view", "broken"], 5, /broken\/info breaks the precomputed format: data_type must be one of/],
      [["serve", "volume", "--port", String(taken)], 2, new RegExp(`cannot listen on .* port ${taken}: it is in use`)],
      [["view", "volume", "--port", String(taken)], 2, new RegExp(`cannot listen on .* port ${taken}: it is in use`)],
      [["serve", "volume", "--port", "99999"], 2, /port/],
      [["serve", "volume", "--host", "192.0.2.1"], 2, /192\.0\.2\.1 is no address of this machine/],
      [["serve", "volume", "--cors", "https://x.example/page"], 2, /is no origin/],
      [["serve", "s4://bucket/volume"], 2, /cannot use/],
    ] as const) {
      const { stderr } = await ws.expect(code, args);
      assert.match(stderr, message, args.join(" "));
      assert.equal(stderr.match(/^cirrus: /gm)?.length, 1, stderr);
      assert.doesNotMatch(stderr, /\n\s+at /, "a stack");
    }
  });

  it("says which permission a bucket that refuses does not give", async () => {
    const endpoint = `http://127.0.0.1:${await answering(403)}`;
    for (const command of ["serve", "view"]) {
      const { stderr } = await ws.expect(5, [command, "gs://private/volume", "--gcs-endpoint", endpoint]);
      assert.match(stderr, /gs:\/\/private\/volume.*storage\.objects\.get/);
      assert.match(stderr, /code: E_STORE_DENIED/);
    }
  });
});

describe("cirrus view", () => {
  it("prints links with --print-url and starts nothing", async () => {
    const { stdout } = await ws.expect(0, ["view", "volume", "--print-url", "--port", "1"]);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:1\/view\/#!%7B\S+\n$/);
    const { position, layers } = stateIn(stdout.trim());
    // From -10, 5, 100, 70 x 50 x 9 voxels.
    assert.deepEqual(position, [25.5, 30.5, 104.5]);
    assert.equal(layers[0]?.source, "precomputed://http://127.0.0.1:1/volumes/volume");
    assert.ok(layers[0]?.shaderControls, "no contrast");
  });

  it("names with --print-url a port that is free", async () => {
    const taken = await answering(404);
    const free = await nextFreePort(taken);
    assert.ok(free > taken, `${free} after ${taken}`);
    const { url } = await ws.json<{ url: string }>(["view", "volume", "--print-url"]);
    assert.match(url, /^http:\/\/127\.0\.0\.1:8\d\d\d\/view\//);
  });

  it("starts a server, and uses one that runs", async () => {
    const { cli, url, port } = await startedServer(ws, ["view", "volume", "--no-open"]);
    assert.equal((await rawRequest(port, "/view/")).status, 200);
    const second = await ws.json<{ state: string; url: string }>([
      "view",
      "./volume",
      "--no-open",
      "--port",
      `${port}`,
    ]);
    assert.deepEqual([second.state, second.url], ["running elsewhere", url]);
    cli.child.kill("SIGINT");
    assert.equal((await cli.result).code, 0);
  });

  it("waits for a server that is busy", async () => {
    const volumes = [{ name: "shown", url: pathToFileURL(ws.at("volume")).href }];
    const server = createServer((_, response) => {
      setTimeout(() => response.end(JSON.stringify({ server: "cirrus", volumes })), 1500);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    after(() => server.close());
    const { port } = server.address() as AddressInfo; // listening on TCP
    const found = await ws.json<{ state: string; url: string }>(["view", "volume", "--no-open", "--port", `${port}`]);
    assert.deepEqual([found.state, new URL(found.url).port], ["running elsewhere", `${port}`]);
  });
});
