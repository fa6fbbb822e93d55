// How near a whole job comes to its stages: its CPU seconds over what reading, decoding once, encoding once, digests and writing cost by
// themselves on the same data, by the same kernels, in two processes at once as in the job. Stages are measured before and after each job.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { largestStage } from "./paired.mjs";
import { figuresOf, median } from "./report.mjs";

const script = fileURLToPath(new URL("./stages.mjs", import.meta.url));

export async function measureLimit({ title, data: wanted }, { data: store, jobs, work, note, rounds }) {
  const data = await store.of(wanted);
  const { extension, tileSize, root } = data.source.params;
  const destination = { encoding: "raw", compression: "gzip", layout: "cloudvolume" };
  const voxels = data.size.reduce((product, side) => product * side, 1);
  // Each mip has a quarter of the voxels of the one before.
  const pyramid = voxels * Array.from({ length: data.halvings + 1 }, (_, mip) => 4 ** -mip).reduce((a, b) => a + b);
  const columns = data.size[0] >= 2 * tileSize ? [0, 1] : [0, 0];
  const perRound = [];
  let before = await stages();
  for (let round = 1; round <= rounds; round++) {
    note(`limit, round ${round}`);
    const run = jobs.runCirrus(data, destination);
    jobs.checkAndRemove(data, run, { mips: true });
    const after = await stages();
    const sum = (before.all + after.all) / 2;
    const { profile } = run;
    perRound.push({ ...figuresOf(run), sumS: sum, ratio: run.cpuS / sum, profile, stages: after });
    before = after;
  }
  const value = median(perRound.map(({ ratio }) => ratio));
  const binds = largestStage(perRound.at(-1).profile.stages);
  return { title, goals: [{ what: "CPU of the job over the sum of its stages", value, most: 1.15, binds }], perRound };

  /** CPU seconds of each stage for the whole volume. */
  async function stages() {
    const both = await Promise.all(columns.map((column, i) => measured(column, `${work}/${i}`)));
    const rate = (stage, amount) =>
      both.reduce((sum, one) => sum + one.seconds[stage], 0) / both.reduce((sum, one) => sum + one[amount], 0);
    const each = Object.fromEntries([
      ...["read", "decode"].map((stage) => [stage, rate(stage, "tileVoxels") * voxels]),
      ...["encode", "digest", "write"].map((stage) => [stage, rate(stage, "voxels") * pyramid]),
    ]);
    return { ...each, all: Object.values(each).reduce((sum, s) => sum + s) };
  }

  async function measured(column, scratch) {
    const flags = ["--single-threaded-gc", "--max-semi-space-size=2"]; // as workers have
    const parameters = [...flags, script, root, extension, String(tileSize), scratch, String(column)];
    const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", 2] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const printed = await text(child.stdout);
    if ((await ended) !== 0) throw new Error("the stages could not be measured");
    return JSON.parse(printed);
  }
}
