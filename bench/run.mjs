// npm run bench: cirrus beside CloudVolume + igneous and TensorStore, on the same tiles, paired in one run, two processes each.
// Runs of cirrus lie between those of the peers; a ratio is a peer's figure over the mean of the cirrus runs before and after it, and
// the median of all rounds is told. Every output is compared with the tiles before its figures count. Linux, Python >= 3.11.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeSample } from "../scripts/make-sample.mjs";
import { pythonVenv } from "../scripts/python-venv.mjs";

const usage = `usage: npm run bench -- [--data STACK | --size 1024,1024,128] [--case gzip,sharded,raw,jpeg] [--rounds 3] [--quick] [--work FOLDER] [--json FILE]
  --data  a CATMAID stack of uint8 png or jpg tiles, sections from 0, all tiles there; else a sample is drawn
  --quick one round of a small sample, to see that everything runs
  --work  where data and outputs go; give a folder on tmpfs (/dev/shm) to leave the disk out`;

/** What each case asks of cirrus, and who does the same work. */
const cases = {
  gzip: {
    destination: { encoding: "raw", compression: "gzip", layout: "cloudvolume" },
    flags: ["--gzip"],
    peers: ["cloud-volume + igneous", "the same, fused", "tensorstore, sharded"],
  },
  sharded: {
    destination: { encoding: "raw", sharding: "auto" },
    flags: ["--gzip"],
    peers: ["tensorstore, sharded"],
  },
  raw: { destination: { encoding: "raw", compression: "none" }, flags: [], peers: ["tensorstore"] },
  jpeg: {
    destination: { encoding: "jpeg:85" },
    flags: ["--encoding", "jpeg"],
    peers: ["cloud-volume + igneous", "the same, fused", "tensorstore"],
  },
};
const scripts = {
  "cloud-volume + igneous": ["cloudvolume_igneous.py"],
  "the same, fused": ["cloudvolume_igneous.py", "--fused"],
  tensorstore: ["tensorstore_write.py"],
  "tensorstore, sharded": ["tensorstore_write.py"],
};

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    size: { type: "string", default: "1024,1024,128" },
    case: { type: "string", default: "gzip" },
    rounds: { type: "string", default: "3" },
    quick: { type: "boolean" },
    work: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (options.quick) Object.assign(options, { size: "512,512,64", rounds: "1" });
const names = options.case.split(",");
if (options.help || !names.every((name) => name in cases)) {
  console.error(usage);
  process.exit(options.help ? 0 : 2);
}

const python = pythonVenv(join(root, "bench/.venv"), join(root, "bench/requirements.txt"));
if (options.work) mkdirSync(options.work, { recursive: true });
const work = mkdtempSync(join(options.work ?? tmpdir(), "cirrus-bench-"));
const env = { ...process.env, CIRRUS_HOME: join(work, "home"), PYTHONWARNINGS: "ignore" };
delete env.CIRRUS_STATE;
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

const stack = options.data ? resolve(options.data) : join(work, "stack");
if (!options.data) {
  note("drawing the sample");
  await makeSample({ out: stack, size: options.size.split(",").map(Number), tile: 512 });
}
const source = describeStack();

const results = [];
for (const name of names) results.push(...runCase(name));
report(results);
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);

/** Rows { case, who, runs, ratios } of one case. */
function runCase(name) {
  const { destination, flags, peers } = cases[name];
  note(`${name}: warming up`);
  const warm = runCirrus(destination, "warm");
  if (destination.encoding === "raw") check("--mips", warm.out);
  rmSync(warm.out, { recursive: true });

  const ours = { case: name, who: "cirrus", runs: [] };
  const rows = peers.map((who) => ({ case: name, who, runs: [], ratios: [] }));
  for (let round = 1; round <= Number(options.rounds); round++) {
    let before = runAndCheck(() => runCirrus(destination, `${name}-${round}`));
    ours.runs.push(before);
    for (const [i, row] of rows.entries()) {
      note(`${name}, round ${round}: ${row.who}`);
      const out = join(work, `peer-${i}`);
      const [script, ...more] = scripts[row.who];
      const command = [
        python,
        join(root, "bench/peers", script),
        ...more,
        stack,
        out,
        "--scales",
        String(source.halvings + 1),
        ...flags,
      ];
      const peer = runAndCheck(() => ({ ...measure(command), out }));
      const after = runAndCheck(() => runCirrus(destination, `${name}-${round}-${i}`));
      row.runs.push(peer);
      ours.runs.push(after);
      row.ratios.push({
        cpu: peer.cpuS / ((before.cpuS + after.cpuS) / 2),
        wall: peer.wallS / ((before.wallS + after.wallS) / 2),
      });
      before = after;
    }
  }
  return [ours, ...rows];
}

/** One ingest into a new folder. What the store process costs until it has left is counted. */
function runCirrus(destination, label) {
  const out = join(work, `cirrus-${label}`);
  const { extension, tileSize, halvings } = source;
  const job = {
    version: 1,
    source: { plugin: "catmaid", params: { root: stack, extension, tileSize } },
    destination: {
      path: out,
      type: "image",
      dataType: "uint8",
      resolutionNm: [4, 4, 50],
      mips: Array(halvings).fill([2, 2, 1]),
      ...destination,
    },
    provenance: {
      sources: [stack],
      motivation: "measure",
      process: { description: "benchmark", parameters: {} },
    },
  };
  const file = join(work, "job.json");
  writeFileSync(file, JSON.stringify(job));
  return { ...measure([process.execPath, join(root, "bin/cirrus.js"), "ingest", file, "-p", "2"]), out };
}

function runAndCheck(run) {
  const { out, ...figures } = run();
  check(out);
  const bytes = Number(spawnSync("du", ["-sb", out], { encoding: "utf8" }).stdout.split("\t")[0]);
  rmSync(out, { recursive: true });
  return { ...figures, bytes };
}

function measure(command) {
  const { stdout, stderr } = spawnSync(python, [join(root, "bench/measure.py"), ...command], { env, encoding: "utf8" });
  const figures = stdout ? JSON.parse(stdout.trim().split("\n").at(-1)) : { status: 1 };
  if (figures.status !== 0) fail(`${command.join(" ")} failed:\n${stderr.slice(-4000)}`);
  return figures;
}

function check(...parameters) {
  const { status, stderr } = spawnSync(python, [join(root, "bench/check.py"), stack, ...parameters], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) fail(`wrong voxels: ${stderr.slice(-4000)}`);
}

/** Extension, tile size, and how often x and y are halved until one chunk holds a section. */
function describeStack() {
  const script = "import sys; from stack import Stack; s = Stack(sys.argv[1]); print(s.extension[1:], s.tile, *s.size)";
  const { stdout, stderr } = spawnSync(python, ["-c", script, stack], {
    cwd: join(root, "bench/peers"),
    encoding: "utf8",
  });
  const [extension, ...numbers] = stdout.trim().split(" ");
  if (!numbers.length) fail(`cannot read the stack ${stack}: ${stderr}`);
  const [tileSize, width, height] = numbers.map(Number);
  return { extension, tileSize, halvings: Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / 64))) };
}

function report(rows) {
  console.log(
    `\nNode ${process.version}, ${cpus().length} cores (${cpus()[0].model}), ${options.rounds} rounds, data: ${options.data ?? options.size}`,
  );
  console.log("Medians; CPU is user + sys of all processes; a ratio is peer / cirrus.\n");
  console.log(
    "| case | who | CPU s | wall s | peak MB | MB out | CPU ratio | wall ratio |\n|---|---|---|---|---|---|---|---|",
  );
  for (const { case: name, who, runs, ratios } of rows) {
    const figure = (key, unit = 1) => median(runs.map((run) => run[key] / unit));
    const cells = [
      figure("cpuS").toFixed(1),
      figure("wallS").toFixed(1),
      figure("peakBytes", 1e6).toFixed(0),
      figure("bytes", 1e6).toFixed(1),
    ];
    const shown = ratios
      ? ["cpu", "wall"].map((key) => median(ratios.map((ratio) => ratio[key])).toFixed(2))
      : ["1", "1"];
    console.log(`| ${[name, who, ...cells, ...shown].join(" | ")} |`);
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function note(text) {
  console.error(`bench: ${text}`);
}

function fail(text) {
  note(text);
  process.exit(1);
}
