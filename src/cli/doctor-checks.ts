/** The checks of `cirrus doctor`: each tells what it found; none stops the others. */
import { execFile } from "node:child_process";
import { rm, statfs, writeFile } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";
import { openDatabase } from "../state/open-database.js";
import { makePrivateFolder } from "../state/private-folder.js";
import { formatBytesBoth, formatSeconds } from "./format.js";
import { stateOptions, type MachineSettings } from "./settings.js";

export interface Check {
  readonly name: string;
  /** `warning`: cirrus works, but less well. */
  readonly state: "ok" | "warning" | "failed";
  readonly detail: string;
}

type Finding = Omit<Check, "name">;
const ok = (detail: string): Finding => ({ state: "ok", detail });
const warning = (detail: string): Finding => ({ state: "warning", detail });
const failed = (detail: string): Finding => ({ state: "failed", detail });

/** Enough for the embedded store and the logs of some jobs. */
const leastFreeBytes = 1e9;

export async function examine(settings: MachineSettings): Promise<{ readonly checks: Check[] }> {
  const folder = settings.folders.state;
  const looks: readonly (readonly [name: string, look: () => Finding | Promise<Finding>])[] = [
    ["Node", nodeVersion],
    ["machine", machine],
    ["sharp", sharpVersion],
    ["jpeg-turbo", jpegTurbo],
    ["S3 client", s3Client],
    ["git", git],
    ["settings", () => ok(settings.file ?? `no config file; ${settings.folders.config} is the place for one`)],
    ["state folder", () => writable(folder)],
    ["free space", () => freeSpace(folder)],
    // Last: it needs the folder.
    ["store", () => store(settings)],
  ];
  const checks: Check[] = [];
  for (const [name, look] of looks) {
    try {
      checks.push({ name, ...(await look()) });
    } catch (error) {
      checks.push({ name, ...failed(redact(messageOf(error).split("\n", 1)[0]!)) });
    }
  }
  return { checks };
}

/** package.json "engines": ^20.19.0 || >=22.12.0 */
function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  return fits ? ok(process.version) : failed(`${process.version}: use 20.19 or later, 22.12 or later, or 24`);
}

const machine = (): Finding =>
  ok(
    `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${formatBytesBoth(totalmem())} of memory, ${formatBytesBoth(freemem())} free`,
  );

async function sharpVersion(): Promise<Finding> {
  const { default: sharp } = await import("sharp");
  return ok(`${sharp.versions.sharp ?? "?"}, libvips ${sharp.versions.vips}`);
}

async function jpegTurbo(): Promise<Finding> {
  const isThere = await import("@julusian/jpeg-turbo").then(
    () => true,
    () => false,
  );
  return isThere
    ? ok("there: JPEG chunks of three channels are encoded fast")
    : warning("not installed: JPEG chunks of three channels are encoded by sharp, 5 times slower");
}

async function s3Client(): Promise<Finding> {
  const isThere = await import("../storage/drivers/s3/client.js")
    .then(({ loadSdk }) => loadSdk())
    .then(
      () => true,
      () => false,
    );
  return ok(isThere ? "there: s3:// works" : "not installed: s3:// needs `npm install @aws-sdk/client-s3`");
}

async function git(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)("git", ["--version"]);
    return ok(stdout.trim());
  } catch {
    return warning("not found: the provenance of a volume cannot name the commit of your code");
  }
}

async function writable(folder: string): Promise<Finding> {
  makePrivateFolder(folder);
  const probe = join(folder, `.doctor-${process.pid}`);
  await writeFile(probe, "");
  await rm(probe);
  return ok(folder);
}

async function freeSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${formatBytesBoth(free)} in the state folder`;
  return free < leastFreeBytes ? warning(`${detail}: little`) : ok(detail);
}

async function store(settings: MachineSettings): Promise<Finding> {
  const begunAt = performance.now();
  const database = await openDatabase(stateOptions(settings));
  try {
    const { rows } = await database.executeSql<{ server_version: string }>("show server_version");
    const seconds = formatSeconds((performance.now() - begunAt) / 1000);
    return ok(`${database.label} answers after ${seconds}, PostgreSQL ${rows[0]?.server_version ?? "?"}`);
  } finally {
    await database.close();
  }
}
