// A server that wants a token, and a copy out of it by a machine that has it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openVolume } from "#src/volume/open-volume.js";
import { readBox } from "#src/volume/read-box.js";
import { stackVoxel, writeStack } from "../fixtures/catmaid-stack.js";
import { workspace } from "../fixtures/workspace.js";

describe("cirrus serve --require-token", () => {
  it("answers only who brings the token, which cirrus copy does for the host that it is for, and records nowhere", async () => {
    // Made here: a record holds the diff of a changed checkout, and with it this text.
    const secret = randomBytes(12).toString("hex");
    const place = await workspace();
    after(() => place.dispose());
    await writeStack(place.at("stack"), { size: [45, 37], sections: [0, 1], tile: [45, 37] });
    const config = await place.config("job", {
      source: { plugin: "catmaid", params: { root: "./stack", extension: "png", tileSize: [45, 37] } },
      destination: { path: "./volume", resolutionNm: [4, 4, 40] },
    });
    await place.expect(0, ["ingest", config, "-p", "1"]);
    const none = await place.expect(2, ["serve", "volume", "--require-token"]);
    assert.match(none.stderr, /--require-token needs a token, and there is none/);
    await writeFile(place.at("token.json"), JSON.stringify({ token: secret }));
    const server = place.start(["serve", "volume", "--require-token", "--port", "0", "--json"]);
    while (!server.printed.stdout.includes("\n") && server.isRunning) await sleep(20);
    const { url } = JSON.parse(server.printed.stdout) as { url: string }; // what the command prints
    const info = `${url}/volumes/volume/info`;
    const ask = async (authorization?: string) =>
      (await fetch(info, { headers: authorization ? { authorization } : {} })).status;
    assert.deepEqual(await Promise.all([ask(), ask("Bearer wrong"), ask(`Token ${secret.slice(1)}`)]), [401, 401, 401]);
    const basic = `Basic ${Buffer.from(`anybody:${secret}`).toString("base64")}`;
    assert.deepEqual(await Promise.all([ask(`Bearer ${secret}`), ask(`Token ${secret}`), ask(basic)]), [200, 200, 200]);
    assert.equal((await fetch(url)).status, 401);

    const copy = ["copy", `${url}/volumes/volume`, "copied", "--motivation", "a test", "-p", "1"];
    const refused = await place.expect(5, copy); // token.json names no host
    assert.match(refused.stderr, /the server refuses it \(401\)[^]*token\.json/);
    await writeFile(place.at("token.json"), JSON.stringify({ token: secret, host: new URL(url).host }));
    await place.expect(0, copy);
    const copied = await openVolume(place.at("copied"));
    const { data } = await readBox(copied, { min: [20, 9, 1], max: [21, 10, 2] });
    assert.equal(data[0], stackVoxel({ x: 20, y: 9, z: 1, channel: 0 }));
    await copied.close();
    const { stdout } = await place.expect(0, ["provenance", "show", "copied", "--json"]);
    for (const text of [stdout, server.printed.stderr, refused.stderr]) assert.ok(!text.includes(secret));
    server.child.kill("SIGINT");
    await server.result;
  });
});
