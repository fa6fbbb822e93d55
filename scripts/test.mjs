// Runs the compiled tests with Node's own runner. `node scripts/test.mjs geometry` runs the files whose path holds that word.
// test/interop needs other programs and has a command of its own; naming it runs it.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, "build/test"), { recursive: true })
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => (wanted.length ? wanted.some((word) => name.includes(word)) : !name.startsWith("interop")))
  .sort()
  .map((name) => join("build/test", name));
if (!files.length) {
  console.error(`no test file matches ${wanted.join(", ")}`);
  process.exit(1);
}
// The reporter repeats every failure at the end, where a long log is looked at first (and may be all that was kept).
// A file that hangs is ended, and named, before CI ends everything without a word.
const options = [
  "--test",
  "--test-reporter=spec",
  "--test-concurrency=2",
  "--test-timeout=900000",
  "--enable-source-maps",
];
const { status } = spawnSync(process.execPath, [...options, ...files], { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
