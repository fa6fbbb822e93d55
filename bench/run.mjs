// npm run bench: the table of docs/performance.md. cirrus beside CloudVolume + igneous and TensorStore on the same data, and what it
// costs by itself: fixed cost, memory, scaling. Every output is compared with its source before its figures count. Linux, Python >= 3.11.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pythonVenv } from "../scripts/python-venv.mjs";
import { cases } from "./cases.mjs";
import { keyOf, openData } from "./data.mjs";
import { openJobs } from "./jobs.mjs";
import { runPaired } from "./paired.mjs";
import { formatResults } from "./report.mjs";

const usage = `usage: npm run bench -- [--case gzip,raw,...] [--rounds 3] [--minutes N] [--data STACK] [--jpeg STACK] [--sections N] [--quick]
                        [--work FOLDER] [--keep FOLDER] [--tidy] [--json]
       npm run bench -- --report FILE,...
  --case     what to measure (default: all): ${Object.keys(cases).join(", ")}
  --rounds   of every case; medians are told
  --minutes  begin no case after so many, and no further round beside a peer; what was measured until then counts
  --data     a CATMAID stack of uint8 PNG tiles, sections from 0, all tiles there; else one of --size is drawn
  --size     of drawn data, voxels (default 4096,4096,128); --tile its tiles (1024)
  --jpeg     the same tiles as JPEG; else they are made
  --sections take only the first N sections of the data
  --quick    one round of a small sample, to see that everything runs
  --work     scratch folder for outputs, 5 GB at most (default: the temporary folder); tmpfs (/dev/shm) leaves the disk out
  --keep     where made data is kept for later runs, 20 GB for all cases, half with --tidy (default: cirrus-bench-data in the temporary folder)
  --tidy     remove made data as soon as no later case of this run needs it; the drawn stack stays
  --json     put each case's results into bench/results/COMMIT.json as soon as it is measured, to be committed by hand
  --report   measure nothing: print the tables of results files, of a case that is in several the last`;

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    case: { type: "string", default: Object.keys(cases).join(",") },
    rounds: { type: "string", default: "3" },
    minutes: { type: "string" },
    data: { type: "string" },
    size: { type: "string", default: "4096,4096,128" },
    tile: { type: "string", default: "1024" },
    jpeg: { type: "string" },
    sections: { type: "string" },
    quick: { type: "boolean" },
    work: { type: "string", default: tmpdir() },
    keep: { type: "string", default: join(tmpdir(), "cirrus-bench-data") },
    tidy: { type: "boolean" },
    json: { type: "boolean" },
    report: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (options.quick) Object.assign(options, { size: "512,512,64", tile: "256", rounds: "1" });
const names = options.case.split(",");
const unknown = names.filter((name) => !(name in cases));
if (options.help || unknown.length) {
  console.error(unknown.length ? `no case ${unknown.join(", ")}\n${usage}` : usage);
  process.exit(options.help ? 0 : 2);
}
if (options.report) {
  const files = options.report.split(",").map((file) => JSON.parse(readFileSync(file, "utf8")));
  console.log(formatResults(Object.assign({}, ...files.map((file) => file.cases))));
  process.exit();
}

const python = pythonVenv(join(root, "bench/.venv"), join(root, "bench/requirements.txt"));
mkdirSync(options.work, { recursive: true });
const work = mkdtempSync(join(options.work, "cirrus-bench-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const note = (text) => console.error(`bench: ${performance.now().toFixed(0).padStart(7).slice(0, -3)} s: ${text}`);
const rounds = Number(options.rounds);
const isLate = () => performance.now() > Number(options.minutes ?? Infinity) * 60_000;
const context = {
  note,
  rounds,
  isLate,
  work,
  jobs: openJobs(work, python),
  data: openData(resolve(options.keep), {
    isTidy: options.tidy,
    python,
    note,
    size: options.size.split(",").map(Number),
    tile: Number(options.tile),
    png: options.data,
    jpg: options.jpeg,
    sections: options.sections && Number(options.sections),
  }),
};

// Into the state folder that all jobs use: none of those that are timed has to make it.
const chunk = await context.data.of({ kind: "chunk" });
context.jobs.checkAndRemove(chunk, context.jobs.runCirrus(chunk, { encoding: "raw" }));

const results = {};
for (const [i, name] of names.entries()) {
  if (isLate()) {
    note(`no time is left for ${names.slice(i).join(", ")}`);
    break;
  }
  const wanted = cases[name];
  const measured = await measure(name, wanted).catch((error) => ({ title: wanted.title, failed: error.message }));
  results[name] = { ...about(), ...measured };
  if (measured.failed) console.error(`bench: ${name}: ${measured.failed}`);
  if (options.json) keep(name);
  console.log(`\n${formatResults({ [name]: results[name] })}`);
  const isNeeded = names
    .slice(i + 1)
    .some((later) => cases[later].data && keyOf(cases[later].data) === keyOf(wanted.data));
  if (wanted.data && !isNeeded) context.data.done(wanted.data);
}
if (names.length > 1) console.log(`\n# All\n\n${formatResults(results)}`);
if (Object.values(results).some(({ failed }) => failed)) process.exitCode = 1;

async function measure(name, wanted) {
  return wanted.run ? wanted.run(wanted, context) : runPaired(name, wanted, context);
}

/** Of one case. */
function about() {
  const isDirty =
    spawnSync("git", ["diff", "--quiet", "HEAD", "--", "src", "plugins", "kernels"], { cwd: root }).status !== 0;
  return {
    at: new Date().toISOString(),
    machine: `Node ${process.version}, ${cpus().length} cores (${cpus()[0].model.trim()})`,
    rounds,
    data: options.data ? "given" : "drawn",
    isDirty,
  };
}

/** One file per commit; a case that is measured again replaces its figures. */
function keep(name) {
  const { stdout } = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: root, encoding: "utf8" });
  const commit = stdout.trim() || "unknown";
  const file = join(root, "bench/results", `${commit}.json`);
  mkdirSync(join(root, "bench/results"), { recursive: true });
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { commit, cases: {} };
  known.cases[name] = results[name];
  writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`);
}
