/** Code environments that somebody names, as values to give to a `Process`. Unlike `capture`, these say when there is nothing. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { captureDocker } from "./capture/docker.js";
import { captureGit } from "./capture/git.js";
import { pythonPackages } from "./capture/python-packages.js";
import { captureSystem } from "./capture/system.js";
import { dockerEnv, gitEnv, systemEnv, type CodeEnv, type PackageVersion } from "./model/code-env.js";
import { condaEnv, nodeProjectEnv, uvEnv } from "./model/package-env.js";

export interface GitEnvOptions {
  /** Prefix of the Python environment whose packages are listed; default `.venv` or `venv` of the repository, else none. */
  readonly python?: string;
}

/**
 * The git repository that a folder is in: commit, remote without credentials, and every change since as a patch. The
 * toolbox's `PythonGithubEnv`, for any language.
 *
 * @throws CirrusError `E_SOURCE_NOT_FOUND` when there is no repository, `E_SOURCE_UNREADABLE` when git cannot say
 */
export async function GitEnv(folder: string, { python }: GitEnvOptions = {}): Promise<CodeEnv> {
  if (!(await stat(folder).catch(() => undefined))) throw notFound(`there is no folder ${resolve(folder)}`, "give one inside a git repository"); // prettier-ignore
  const result = await captureGit(resolve(folder));
  if (result.kind === "none") throw notFound(`there is no git repository at ${folder}`, "give a folder inside one");
  if (result.kind === "failed") throw new CirrusError("E_SOURCE_UNREADABLE", `git, ${folder}: ${result.why}`);
  const prefixes = python === undefined ? [join(result.root, ".venv"), join(result.root, "venv")] : [resolve(python)];
  const lists = await Promise.all(prefixes.map(pythonPackages));
  const packages = lists.find((list) => list !== undefined);
  if (python !== undefined && !packages)
    throw notFound(`there is no Python environment at ${python}`, "give the folder that holds lib/python3…");
  return gitEnv({ ...result.facts, ...(packages && { packages }) });
}

export interface DockerEnvOptions {
  /** `sha256:…`; default: docker or podman is asked. */
  readonly imageId?: string;
  /** True: the Python packages in the image are listed, by running it. */
  readonly includePackages?: boolean;
}

/**
 * A container image: the toolbox's `DockerEnv`.
 *
 * @param image - `lab/segmenter:2025.1`, `host:5000/lab/segmenter`, `…@sha256:…`
 * @throws CirrusError `E_SOURCE_NOT_FOUND` when neither docker nor podman knows its id, or its packages cannot be listed
 */
export async function DockerEnv(image: string, options: DockerEnvOptions = {}): Promise<CodeEnv> {
  const { imageId, includePackages = false } = options;
  const hint = imageId === undefined ? { image } : { image, imageId };
  const { facts, problem } = await captureDocker(hint, { includePackages });
  if (problem)
    throw notFound(problem, "pull the image here, or give its id: --docker-id sha256:… (imageId in the library)");
  return dockerEnv(facts);
}

/** This machine. */
export const SystemEnv = async (): Promise<CodeEnv> => systemEnv(await captureSystem(process.env));

/**
 * A Node project by its `package-lock.json`: every package that it installs, and the lock file's digest.
 *
 * @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNREADABLE`
 */
export async function NodeEnv(folder: string): Promise<CodeEnv> {
  const lockFile = "package-lock.json";
  const bytes = await readLock(folder, lockFile);
  const lock = parsed(lockFile, folder, () => JSON.parse(bytes.toString()) as NodeLock);
  const packages = Object.entries(lock.packages ?? {}).flatMap(([path, { version, link }]): PackageVersion[] => {
    const name = path.split("node_modules/").at(-1) ?? "";
    return path && version && !link ? [[name, version]] : [];
  });
  const name = lock.name ?? basename(resolve(folder));
  const version = lock.version ?? "";
  return nodeProjectEnv({ name, version, lockFile, lockSha256: sha256(bytes), packages: byName(packages) });
}

/** Members that are used; npm wrote them. */
interface NodeLock {
  readonly name?: string;
  readonly version?: string;
  readonly packages?: Readonly<Record<string, { readonly version?: string; readonly link?: boolean }>>;
}

/**
 * A uv project by its `uv.lock`.
 *
 * @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNREADABLE`
 */
export async function UvEnv(folder: string): Promise<CodeEnv> {
  const lockFile = "uv.lock";
  const bytes = await readLock(folder, lockFile);
  const { parse } = await import("smol-toml");
  const lock = parsed(lockFile, folder, () => parse(bytes.toString()) as unknown as UvLock);
  const own = lock.package?.find(({ source }) => source && ("virtual" in source || "editable" in source));
  const packages = (lock.package ?? [])
    .filter((one) => one !== own)
    .map(({ name, version = "" }): PackageVersion => [name, version]);
  return uvEnv({
    name: own?.name ?? basename(resolve(folder)),
    version: own?.version ?? "",
    requiresPython: lock["requires-python"] ?? "",
    lockFile,
    lockSha256: sha256(bytes),
    packages: byName(packages),
  });
}

/** Members that are used; uv wrote them. */
interface UvLock {
  readonly "requires-python"?: string;
  readonly package?: readonly { readonly name: string; readonly version?: string; readonly source?: object }[];
}

/**
 * A conda environment: its packages with channel and build, and the Python packages in it.
 *
 * @param prefix - its folder, as in CONDA_PREFIX
 * @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNREADABLE`
 */
export async function CondaEnv(prefix: string): Promise<CodeEnv> {
  const folder = join(resolve(prefix), "conda-meta");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
  if (!names.length) throw notFound(`there is no conda environment at ${prefix}`, "give the folder of CONDA_PREFIX");
  const condaPackages = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8");
      const {
        name: its = "",
        version = "",
        build = "",
        channel = "",
      } = parsed(
        name,
        folder,
        () => JSON.parse(text) as Readonly<Partial<Record<"name" | "version" | "build" | "channel", string>>>,
      );
      return [its, version, build, channel] as const;
    }),
  );
  const packages = (await pythonPackages(resolve(prefix))) ?? [];
  return condaEnv({ name: basename(resolve(prefix)), condaPackages: byName(condaPackages), packages });
}

async function readLock(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(resolve(folder), name));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") throw notFound(`${folder} has no ${name}`, "give the folder of the project");
    throw new CirrusError("E_SOURCE_UNREADABLE", `${name} in ${folder}: ${messageOf(cause)}`, { cause });
  }
}

function parsed<Value>(name: string, folder: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const why = messageOf(cause).split("\n")[0];
    throw new CirrusError("E_SOURCE_UNREADABLE", `${name} in ${folder}: ${why}`, { cause });
  }
}

const notFound = (message: string, hint: string): CirrusError =>
  new CirrusError("E_SOURCE_NOT_FOUND", message, { hint });

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const byName = <Item extends readonly string[]>(items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => (a.join("@") < b.join("@") ? -1 : 1));
