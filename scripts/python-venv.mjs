// Makes a Python virtual environment that holds exactly a requirements file. Quick when it is there already.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Resolves to the path of the environment's Python.
 *
 * @param folder - of the environment; made anew when its requirements have changed
 * @param requirements - path of a pip requirements file
 * @param [withoutDependencies] - path of another whose packages are installed last and without what they ask for
 * @throws Error when there is no Python >= 3.11 with venv, or when pip fails
 */
export function pythonVenv(folder, requirements, withoutDependencies) {
  const inside = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const stamp = join(folder, "installed-requirements.txt");
  const wanted = [requirements, withoutDependencies].map((file) => (file ? readFileSync(file, "utf8") : "")).join("");
  if (existsSync(inside) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return inside;

  const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
  const names = ["python3", "python3.13", "python3.12", "python3.11", "python"];
  const base = names.find((name) => spawnSync(name, ["-c", check], { stdio: "ignore" }).status === 0);
  if (!base) throw new Error("Python >= 3.11 with venv is needed (Debian: apt-get install python3 python3-venv)");
  console.error(`installing ${requirements} into ${folder}`);
  run(base, ["-m", "venv", "--clear", folder]);
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  run(inside, [...install, "-r", requirements]);
  if (withoutDependencies) run(inside, [...install, "--no-deps", "-r", withoutDependencies]);
  writeFileSync(stamp, wanted);
  return inside;
}

function run(command, parameters) {
  // CMake 4 refuses the old minimum that some source packages state; this lifts it for the wheels that pip has to build.
  const env = { ...process.env, CMAKE_POLICY_VERSION_MINIMUM: "3.5" };
  const { status } = spawnSync(command, parameters, { stdio: ["ignore", 2, 2], env });
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} failed`);
}
