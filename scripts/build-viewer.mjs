// Makes dist/viewer: the Neuroglancer page that cirrus serves (3 s). Does nothing when it is there and was made from the same things.
// Fails when the page would be without its workers: a bundler that does not understand how they are named builds a dead page.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist/viewer");
const stampFile = join(root, "dist/viewer.json");

const sources = [
  "scripts/build-viewer.mjs",
  "node_modules/neuroglancer/package.json",
  "node_modules/vite/package.json",
  ...filesIn("viewer").filter((name) => !name.includes("node_modules")),
];
const missing = sources.filter((name) => !existsSync(join(root, name)));
if (missing.length) fail(`${missing.join(", ")} is missing: run \`npm ci\``);
const digest = createHash("sha256");
for (const path of sources) digest.update(readFileSync(join(root, path)));
const stamp = JSON.stringify({ sha256OfSources: digest.digest("hex") });

if (!existsSync(join(out, "index.html")) || !existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
  rmSync(stampFile, { force: true });
  rmSync(out, { recursive: true, force: true });
  const vite = ["node_modules/vite/bin/vite.js", "build", "viewer", "--outDir", out];
  const { status } = spawnSync(process.execPath, vite, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  requireWorkers();
  writeFileSync(join(out, "THIRD_PARTY_NOTICES.txt"), notices());
  for (const name of filesIn("dist/viewer")) compress(join(root, name));
  writeFileSync(stampFile, stamp);
}

function requireWorkers() {
  const assets = readdirSync(join(out, "assets"));
  for (const worker of ["chunk_worker.bundle", "async_computation.bundle"])
    if (!assets.some((name) => name.startsWith(`${worker}-`) && name.endsWith(".js"))) {
      rmSync(out, { recursive: true, force: true });
      fail(`the page came out without its worker ${worker}: see the plugin in viewer/vite.config.mjs`);
    }
}

/** Every browser takes gzip; the server unpacks it for the others. A third of the size, in the package and on the way. */
function compress(path) {
  if (!/\.(js|css|wasm)$/.test(path)) return;
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  rmSync(path);
}

/** Licences of Neuroglancer and of all that it depends on, whose code the page holds. */
function notices() {
  const names = new Set();
  const visit = (name) => {
    if (names.has(name)) return;
    names.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
    Object.keys(dependencies).forEach(visit);
  };
  visit("neuroglancer");
  return [...names]
    .sort()
    .map((name) => {
      const folder = join(root, "node_modules", name);
      const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
      const text = file ? readFileSync(join(folder, file), "utf8").trim() : "(the package holds no licence text)";
      return `${name} ${version} (${license})\n${"=".repeat(72)}\n${text}\n`;
    })
    .join("\n\n");
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

function fail(text) {
  console.error(`viewer: ${text}`);
  process.exit(1);
}
