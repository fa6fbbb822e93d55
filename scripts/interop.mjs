// Installs what the interop tests talk to, where it is missing, then runs them: Python readers in .venv, fake-gcs-server,
// PostgreSQL. Quick when all is there. `node scripts/interop.mjs WORD…` runs the files whose path holds a word;
// `--setup` only installs. CIRRUS_TEST_PYTHON names another Python that has test/interop/requirements.txt.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const env = { ...process.env };

const python = pythonWithReaders();
const folders = [fakeGcsFolder(), postgresFolder()];
if (!args.includes("--setup")) runTests();

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

function pythonWithReaders() {
  if (env.CIRRUS_TEST_PYTHON) return env.CIRRUS_TEST_PYTHON;
  const venv = join(root, ".venv");
  const inside = join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const wanted = readFileSync(join(root, "test/interop/requirements.txt"), "utf8");
  const stamp = join(venv, "installed-requirements.txt");
  if (existsSync(inside) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return inside;

  const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
  const base = ["python3", "python3.13", "python3.12", "python3.11", "python"].find((name) =>
    succeeds(name, ["-c", check]),
  );
  if (!base) fail("Python >= 3.11 with venv is needed (Debian: apt-get install python3 python3-venv)");
  say("making .venv with the Python readers");
  run(base, ["-m", "venv", "--clear", venv]);
  // CMake 4 refuses the old minimum that some source packages state; this lifts it for the wheels that pip has to build.
  const build = { ...env, CMAKE_POLICY_VERSION_MINIMUM: "3.5" };
  run(
    inside,
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "test/interop/requirements.txt"],
    build,
  );
  writeFileSync(stamp, wanted);
  return inside;
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
  if (process.getuid?.() !== 0 || !succeeds("apt-get", ["--version"]))
    fail(
      "PostgreSQL's server programs (initdb, postgres) are needed: Debian: apt-get install postgresql; macOS: brew install postgresql",
    );
  say("installing PostgreSQL");
  const quiet = { ...env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], quiet);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "postgresql"], quiet);
  return findPostgres() ?? fail("apt-get installed postgresql, but its initdb is in no known folder");
}

function findPostgres() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [...env.PATH.split(delimiter), ...versions.map((version) => join(debian, version, "bin"))];
  return places.find((folder) => existsSync(join(folder, "initdb")));
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
