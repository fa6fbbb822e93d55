// From nothing to a finished volume, as a user would do it: builds cirrus, draws a sample stack, ingests it, checks it, makes a picture.
// Everything lies in ./quickstart, which is made anew each time; jobs and logs stay there too and not in your home.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makeSample } from "./make-sample.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "quickstart");
const env = { ...process.env, CIRRUS_HOME: join(folder, "home") };
delete env.CIRRUS_STATE;

say("building cirrus");
node("scripts/build.mjs");
spawnSync(process.execPath, ["bin/cirrus.js", "store", "stop"], { cwd: root, env, stdio: "ignore" });
rmSync(folder, { recursive: true, force: true });

say("drawing a sample stack, 1024 x 1024 x 64 voxels, in quickstart/stack");
await makeSample({ out: join(folder, "stack") });
mkdirSync(folder, { recursive: true });
copyFileSync(join(root, "scripts/quickstart-job.json"), join(folder, "job.json"));

cirrus("ingest", "quickstart/job.json", "-p", "2");
cirrus("verify", "quickstart/volume");
cirrus("preview", "quickstart/volume", "--out", "quickstart/preview.png");
spawnSync(process.execPath, ["bin/cirrus.js", "store", "stop"], { cwd: root, env, stdio: "ignore" });

const url = pathToFileURL(join(folder, "volume")).href;
console.log(`
The volume is in  quickstart/volume
Look at it        node bin/cirrus.js view quickstart/volume (Neuroglancer, in the browser), or the picture quickstart/preview.png
Its history       node bin/cirrus.js provenance show quickstart/volume
The job's config  quickstart/job.json

In Python         from cloudvolume import CloudVolume
                  CloudVolume("${url}")[0:512, 0:512, 32]
                  import tensorstore as ts
                  ts.open({"driver": "neuroglancer_precomputed", "kvstore": "${url}/"}).result()[0:512, 0:512, 32].read().result()`);

function cirrus(...args) {
  say(`cirrus ${args.join(" ")}`);
  node("bin/cirrus.js", ...args);
}

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function say(text) {
  console.log(`\n> ${text}`);
}
