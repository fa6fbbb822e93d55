/**
 * Unfinished writes: files in the store's root named `.cirrus-tmp.<job>.<writer>-<n>`, which the rename that finishes them takes
 * away. In the root, because it is on the objects' file system and is there anyway: a folder of their own would have to be made and
 * removed around each put, which doubled its cost. A writer survives the removal of its unfinished file: it writes it again.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  futimesSync,
  openSync,
  readdirSync,
  unlinkSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { tempPrefix } from "../../keys.js";
import { attempt, hasCode, makeFolders, quietly } from "./errors.js";

/** Stands for the job in the names of writes that belong to none. */
const noJob = "none";

/** Changes with every put: times and inodes may repeat (an inode is used again within one tick), the three together do not. */
export const versionOf = (stats: BigIntStats): string =>
  `${stats.mtimeNs.toString(36)}-${stats.size}-${stats.ino.toString(36)}`;

export interface UnfinishedFile {
  readonly path: string;
  readonly version: string;
}

export class UnfinishedWrites {
  readonly #root: string;
  readonly #stem: string;
  #count = 0;

  constructor(root: string, jobId = noJob) {
    this.#root = root;
    // The random part tells this store's files from those of any other store, thread or machine.
    this.#stem = `${root}/${prefixOf(jobId)}${process.pid}-${randomBytes(5).toString("hex")}-`;
  }

  /**
   * @param parts - of the file, one after another
   * @param laterThanNs - when given, the file's time of change is set to the microsecond, and later than this
   * @throws what the file system says; nothing is left behind then
   */
  write(parts: Iterable<Uint8Array>, laterThanNs?: bigint): UnfinishedFile {
    const path = this.#stem + this.#count++;
    const fd = this.#create(path);
    try {
      try {
        for (const bytes of parts)
          for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done);
        if (laterThanNs !== undefined) stampLaterThan(fd, laterThanNs);
        return { path, version: versionOf(fstatSync(fd, { bigint: true })) };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      quietly(() => this.remove(path));
      throw error;
    }
  }

  remove(path: string): void {
    attempt(() => unlinkSync(path), "ENOENT");
  }

  #create(path: string): number {
    try {
      return openSync(path, "wx");
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      makeFolders(this.#root);
      return openSync(path, "wx");
    }
  }
}

/** Removes those of the job, and those of dead processes that had no job. Returns how many. */
export function sweepUnfinished(root: string, jobId: string): number {
  const ofJob = prefixOf(jobId);
  return namesIn(root)
    .filter((name) => name.startsWith(ofJob) || (name.startsWith(prefixOf(noJob)) && !isWriterAlive(name)))
    .filter((name) => attempt(() => unlinkSync(`${root}/${name}`), "ENOENT")).length;
}

/** Names in the root that belong to this driver, not to the store's user. */
export function namesIn(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => name.startsWith(tempPrefix));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** Job ids become part of a file name, ended by a dot. */
function prefixOf(jobId: string): string {
  if (!/^[\w-]+$/.test(jobId)) throw new Error(`${JSON.stringify(jobId)} is no job id`);
  return `${tempPrefix}.${jobId}.`;
}

/** By the process id in the name. A wrong "dead" (a process of another machine) only makes that writer write again. */
function isWriterAlive(name: string): boolean {
  const pid = Number(/\.([0-9]+)-[0-9a-f]+-[0-9]+$/.exec(name)?.[1]);
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** Steps grow from a microsecond: FAT counts time in two seconds. */
function stampLaterThan(fd: number, earlierNs: bigint): void {
  const start = Math.max((performance.timeOrigin + performance.now()) / 1000, Number(earlierNs) / 1e9);
  for (let step = 1e-6; step < 100; step *= 10) {
    futimesSync(fd, start + step, start + step);
    if (fstatSync(fd, { bigint: true }).mtimeNs > earlierNs) return;
  }
  throw new Error("the file system does not keep the time of change");
}
