// npm run bench:serve: eight clients read the chunks of a volume in parallel, from `cirrus serve` and from a plain static file server
// of the same Node, in turns in one run. The bodies of both are compared before their figures count. Linux.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeSample } from "../scripts/make-sample.mjs";

const usage = `usage: npm run bench:serve -- [--data VOLUME] [--clients 8] [--rounds 9] [--json FILE]
  --data  a local volume, unsharded, with chunks under plain names; else one of 1024 x 1024 x 64 voxels is made`;

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    clients: { type: "string", default: "8" },
    rounds: { type: "string", default: "9" },
    json: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (options.help) {
  console.error(usage);
  process.exit();
}

const here = dirname(fileURLToPath(import.meta.url));
const cirrus = join(here, "../bin/cirrus.js");
const work = mkdtempSync(join(tmpdir(), "cirrus-bench-"));
const env = { ...process.env, CIRRUS_HOME: join(work, "home") };
const servers = [];
process.on("exit", () => {
  for (const { child } of servers) child.kill();
  rmSync(work, { recursive: true, force: true });
});

const volume = options.data ? resolve(options.data) : await madeVolume();
const [{ key }] = JSON.parse(readFileSync(join(volume, "info"), "utf8")).scales;
const chunks = readdirSync(join(volume, key)).map((name) => `${key}/${name}`);

servers.push(
  await started("cirrus serve", [cirrus, "serve", volume, "--port", "0", "--json"]),
  await started("static files", [join(here, "peers/static-server.mjs"), volume]),
);
for (const server of servers) load(server, 1); // compiled, in the page cache
for (let round = 0; round < Number(options.rounds); round++) for (const server of servers) measureRound(server);
report();

async function madeVolume() {
  await makeSample({ out: join(work, "stack") });
  const job = {
    version: 1,
    source: { plugin: "catmaid", params: { root: "./stack", extension: "png", tileSize: [512, 512] } },
    destination: { path: "./volume", type: "image", dataType: "uint8", resolutionNm: [4, 4, 40] },
    provenance: { sources: ["a sample"], motivation: "measure", process: { description: "benchmark", parameters: {} } },
  };
  writeFileSync(join(work, "job.json"), JSON.stringify(job));
  const { status, stderr } = spawnSync(process.execPath, [cirrus, "ingest", join(work, "job.json")], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) fail(stderr);
  spawnSync(process.execPath, [cirrus, "store", "stop"], { env });
  return join(work, "volume");
}

/** Its first line is JSON with its address, and that of the volume where they differ. */
function started(who, command) {
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`${who} ended`)));
    child.stdout.setEncoding("utf8").once("data", (line) => {
      const { url, volumes } = JSON.parse(line);
      resolve({ who, child, url: volumes?.[0].url ?? url, runs: [] });
    });
  });
}

function measureRound(server) {
  const before = usageOf(server.child.pid);
  const { bytes, seconds, sha256 } = load(server, Number(options.clients));
  const after = usageOf(server.child.pid);
  server.runs.push({ mbPerS: bytes / 1e6 / seconds, cpuS: after.cpuS - before.cpuS, rssMb: after.rssMb, sha256 });
}

function load({ url }, clients) {
  const command = [join(here, "peers/read-chunks.mjs"), url, String(clients)];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    input: chunks.join("\n"),
    encoding: "utf8",
  });
  if (status !== 0) fail(stderr);
  return JSON.parse(stdout);
}

/** CPU seconds and resident memory of a process. */
function usageOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];
  return { cpuS: (Number(fields[11]) + Number(fields[12])) / 100, rssMb: Number(rss) / 1024 };
}

function report() {
  const [ours, plain] = servers;
  if (new Set(servers.flatMap(({ runs }) => runs.map(({ sha256 }) => sha256))).size !== 1) fail("the bodies differ");
  const ratios = (key) => median(ours.runs.map((run, i) => run[key] / plain.runs[i][key]));
  console.log(
    `Node ${process.version}, ${cpus().length} cores (${cpus()[0].model}), ${options.clients} clients, ${chunks.length} chunks each, ${options.rounds} rounds in turns; medians\n`,
  );
  console.log("| server | MB/s | its CPU s | MB resident, first | last |\n|---|---|---|---|---|");
  for (const { who, runs } of servers) {
    const of = (key) => median(runs.map((run) => run[key]));
    console.log(
      `| ${who} | ${of("mbPerS").toFixed(0)} | ${of("cpuS").toFixed(2)} | ${runs[0].rssMb.toFixed(0)} | ${runs.at(-1).rssMb.toFixed(0)} |`,
    );
  }
  const [mbPerS, cpuS] = [ratios("mbPerS"), ratios("cpuS")];
  console.log(`\nthroughput of cirrus / static: ${mbPerS.toFixed(2)}; CPU of cirrus / static: ${cpuS.toFixed(2)}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ servers, mbPerS, cpuS }, null, 2)}\n`);
  process.exit();
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
