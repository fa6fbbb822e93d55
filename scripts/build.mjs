// Builds src, plugins and tests with the TypeScript compiler, then the files that are made once and shipped.
// `--clean` starts from nothing, so that what earlier builds left is not packed.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

if (process.argv.includes("--clean"))
  for (const folder of ["dist", "build", "schema"]) rmSync(`${root}${folder}`, { recursive: true, force: true });

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

run("node_modules/typescript/bin/tsc", "-b", "tsconfig.json");
run("scripts/build-kernels.mjs");
run("scripts/build-store-template.mjs");
run("scripts/build-schema.mjs");
run("scripts/build-viewer.mjs");
