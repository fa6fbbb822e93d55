// Many clients at once on `cirrus serve`: every byte right, and memory that does not grow with what was sent.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { Agent, get } from "node:http";
import { after, before, it } from "node:test";
import { startedServer } from "../fixtures/started-server.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";
import { infoWith, scaleWith, writeVolume } from "../volume/fixture.js";

const clients = 8;
const rounds = 10;
const mostGrowthMb = 100;

let ws: Workspace;
before(async () => {
  ws = await workspace();
  const info = infoWith({ scales: [scaleWith({ size: [256, 256, 64], chunkSize: [64, 64, 64] })] });
  await writeVolume({ after }, ws.at("volume"), { info });
});
after(() => ws.dispose());

function body(url: string, agent: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (reply) => {
      const parts: Buffer[] = [];
      reply.on("data", (part: Buffer) => parts.push(part));
      reply.once("end", () => resolve(Buffer.concat(parts)));
      reply.once("error", reject);
    }).once("error", reject);
  });
}

async function residentMb(pid: number): Promise<number> {
  if (!existsSync("/proc/self/status")) return 0; // not Linux: the bytes are compared all the same
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

it("gives eight clients in parallel every chunk exactly, in flat memory", { timeout: 600_000 }, async () => {
  const { cli, url } = await startedServer(ws, ["serve", "volume"]);
  const names = await readdir(ws.at("volume", "4_4_40"));
  assert.equal(names.length, 16);
  const stored = await Promise.all(names.map((name) => readFile(ws.at("volume", "4_4_40", name))));
  const readAll = async (first: number, agent: Agent): Promise<void> => {
    for (let i = 0; i < names.length; i++) {
      const chunk = (first + i) % names.length;
      const bytes = await body(`${url}/volumes/volume/4_4_40/${names[chunk]!}`, agent);
      assert.ok(bytes.equals(stored[chunk]!), names[chunk]);
    }
  };
  const agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const round = (): Promise<unknown> => Promise.all(agents.map((agent, i) => readAll(i * 2, agent)));
  await round();
  await round(); // 67 MB: buffers and code have their size
  const before = await residentMb(cli.pid);
  for (let i = 0; i < rounds; i++) await round(); // 335 MB
  const grown = (await residentMb(cli.pid)) - before;
  assert.ok(grown < mostGrowthMb, `${grown} MB more than after the first rounds`);
  for (const agent of agents) agent.destroy();
  cli.child.kill("SIGINT");
  assert.deepEqual([(await cli.result).code, cli.printed.stderr], [0, ""]);
});
