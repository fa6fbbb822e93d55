// Installs what the interop tests talk to, where it is missing, then runs them: Python readers in .venv, fake-gcs-server,
// PostgreSQL, Chromium. Quick when all is there. `node scripts/interop.mjs WORD…` runs the files whose path holds a word;
// `--setup` only installs. CIRRUS_TEST_PYTHON names another Python that has test/interop/requirements.txt.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonVenv } from "./python-venv.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const env = { ...process.env };

const python = env.CIRRUS_TEST_PYTHON ?? interopVenv();
const folders = [fakeGcsFolder(), postgresFolder()];
requireChromium();
if (!args.includes("--setup")) runTests();

function interopVenv() {
  const [requirements, withoutDependencies] = ["requirements.txt", "requirements-no-deps.txt"].map((name) =>
    join(root, "test/interop", name),
  );
  return pythonVenv(join(root, ".venv"), requirements, withoutDependencies);
}

/** Runs the compiled interop tests with the tools on PATH and an empty home, so that nobody's credentials or caches matter. */
function runTests() {
  const home = mkdtempSync(join(tmpdir(), "cirrus-interop-"));
  const path = [...folders, env.PATH].join(delimiter);
  const words = args.length
    ? args.map((word) => (word.startsWith("interop") ? word : join("interop", word)))
    : ["interop"];
  const { status } = spawnSync(process.execPath, ["scripts/test.mjs", ...words], {
    cwd: root,
    stdio: "inherit",
    env: { ...env, HOME: home, PATH: path, CIRRUS_TEST_PYTHON: python, CIRRUS_TEST_INTEROP: "1" },
  });
  rmSync(home, { recursive: true, force: true });
  process.exitCode = status ?? 1;
}

function fakeGcsFolder() {
  const name = process.platform === "win32" ? "fake-gcs-server.exe" : "fake-gcs-server";
  const own = join(root, ".tools");
  const gopath = spawnSync("go", ["env", "GOPATH"], { encoding: "utf8" }).stdout?.trim();
  const places = [...env.PATH.split(delimiter), ...(gopath ? [join(gopath, "bin")] : []), own];
  const found = places.find((folder) => existsSync(join(folder, name)));
  if (found) return found;
  if (!gopath)
    fail(
      "Go is needed to install fake-gcs-server (Debian: apt-get install golang), or put fake-gcs-server 1.56.1 on PATH",
    );
  say("installing fake-gcs-server (one to two minutes)");
  run("go", ["install", "github.com/fsouza/fake-gcs-server@v1.56.1"], { ...env, GOBIN: own });
  return own;
}

function postgresFolder() {
  const found = findPostgres();
  if (found) return found;
  aptInstall(
    "postgresql",
    "PostgreSQL's server programs (initdb, postgres) are needed: Debian: apt-get install postgresql; macOS: brew install postgresql",
  );
  return findPostgres() ?? fail("apt-get installed postgresql, but its initdb is in no known folder");
}

function findPostgres() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [...env.PATH.split(delimiter), ...versions.map((version) => join(debian, version, "bin"))];
  return places.find((folder) => existsSync(join(folder, "initdb")));
}

/** The places are those of test/fixtures/browser.ts. */
function requireChromium() {
  const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  if (env.CIRRUS_TEST_CHROMIUM || places.some((place) => existsSync(place))) return;
  aptInstall("chromium", "Chromium is needed: Debian: apt-get install chromium; or name one in CIRRUS_TEST_CHROMIUM");
}

function aptInstall(name, otherwise) {
  if (process.getuid?.() !== 0 || !succeeds("apt-get", ["--version"])) fail(otherwise);
  say(`installing ${name}`);
  const quiet = { ...env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], quiet);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], quiet);
}

function run(command, parameters, environment = env) {
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: ["ignore", 2, 2], env: environment });
  if (status !== 0) fail(`${command} ${parameters.join(" ")} failed${error ? `: ${error.message}` : ""}`);
}

function succeeds(command, parameters) {
  return spawnSync(command, parameters, { stdio: "ignore" }).status === 0;
}

function say(text) {
  console.error(`interop: ${text}`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
