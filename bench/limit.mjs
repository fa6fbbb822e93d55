// How near a whole job comes to its stages: its CPU seconds over what reading, decoding once, encoding once, digests and writing cost by
// themselves on the same data.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "./report.mjs";

const script = fileURLToPath(new URL("./stages.mjs", import.meta.url));

export async function measureLimit({ title, data: wanted }, { data: store, jobs, work, note, rounds }) {
  const data = await store.of(wanted);
  const { extension, tileSize, root } = data.source.params;
  const destination = { encoding: "raw", compression: "gzip", layout: "cloudvolume" };
  const megabytes = data.size.reduce((product, side) => product * side, 1) / 1e6;
  // Each mip has a quarter of the voxels of the one before.
  const pyramid = Array.from({ length: data.halvings + 1 }, (_, mip) => 4 ** -mip).reduce((sum, share) => sum + share);
  const perRound = [];
  for (let round = 1; round <= rounds; round++) {
    note(`limit, round ${round}`);
    const before = stages();
    const run = jobs.runCirrus(data, destination);
    jobs.remove(run);
    const after = stages();
    const sum = (before.all + after.all) / 2;
    perRound.push({ jobS: run.cpuS, sumS: sum, ratio: run.cpuS / sum, stages: before });
  }
  const value = median(perRound.map(({ ratio }) => ratio));
  return { title, goals: [{ what: "CPU of the job over the sum of its stages", value, most: 1.15 }], perRound };

  /** CPU seconds of each stage for the whole volume. */
  function stages() {
    const flags = ["--single-threaded-gc", "--max-semi-space-size=2"]; // as workers have
    const parameters = [...flags, script, root, extension, String(tileSize), work];
    const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
    if (status !== 0) throw new Error(`the stages failed: ${stderr}`);
    const { read, decode, encode, digest, write } = JSON.parse(stdout);
    const each = { read, decode, encode: encode * pyramid, digest: digest * pyramid, write: write * pyramid };
    const scaled = Object.fromEntries(Object.entries(each).map(([stage, s]) => [stage, s * megabytes]));
    return { ...scaled, all: Object.values(scaled).reduce((sum, s) => sum + s) };
  }
}
