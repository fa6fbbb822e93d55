/**
 * Unfinished writes live in `<root>/.cirrus-tmp/<job>/`, on the same file system as the objects (so that a rename puts them in
 * place) and away from them (so that nobody lists them). A writer survives the removal of its unfinished file: it writes it again.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  futimesSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { tempFolderName } from "../../keys.js";
import { attempt, hasCode, makeFolders, quietly } from "./errors.js";

/** Folder of writes that belong to no job. */
const noJob = "none";

/** Changes with every put: times and inodes may repeat (an inode is used again within one tick), the three together do not. */
export const versionOf = (stats: BigIntStats): string =>
  `${stats.mtimeNs.toString(36)}-${stats.size}-${stats.ino.toString(36)}`;

export interface TempFile {
  readonly path: string;
  readonly version: string;
}

export class TempFolder {
  readonly #top: string;
  readonly #path: string;
  readonly #keeps: boolean;
  /** Tells this store's files from those of any other process or thread. */
  readonly #writer = `${process.pid}-${randomBytes(5).toString("hex")}`;
  #count = 0;

  constructor(root: string, jobId: string | undefined) {
    this.#top = `${root}/${tempFolderName}`;
    this.#path = `${this.#top}/${folderOf(jobId ?? noJob)}`;
    // A job's folder stays until the store is closed or the job swept: making it for each of 10^4 chunks doubles their cost.
    this.#keeps = jobId !== undefined;
  }

  /**
   * @param laterThanNs - when given, the file's time of change is set to the microsecond and later than this
   * @throws what the file system says; nothing is left behind then
   */
  write(bytes: Uint8Array, laterThanNs?: bigint): TempFile {
    const path = `${this.#path}/${this.#writer}-${this.#count++}`;
    const fd = this.#create(path);
    try {
      try {
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

  /** After each put: leaves nothing behind, unless many more puts are to come. */
  settle(): void {
    if (!this.#keeps) this.tidy();
  }

  /** Removes the folders when they are empty. */
  tidy(): void {
    for (const folder of [this.#path, this.#top]) {
      attempt(() => rmdirSync(folder), "ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR");
    }
  }

  /** Resolves to the number of files removed: all of this job's, and those of dead processes that had none. */
  sweep(jobId: string): number {
    const abandoned = [
      ...namesIn(`${this.#top}/${folderOf(jobId)}`),
      ...namesIn(`${this.#top}/${noJob}`).filter((path) => !isWriterAlive(path)),
    ].filter((path) => attempt(() => unlinkSync(path), "ENOENT"));
    for (const folder of [`${this.#top}/${jobId}`, `${this.#top}/${noJob}`, this.#top]) {
      attempt(() => rmdirSync(folder), "ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR");
    }
    return abandoned.length;
  }

  /** Another process may remove the empty folder between our making and using it, hence the loop. */
  #create(path: string): number {
    for (let triesLeft = 100; ; triesLeft--) {
      try {
        return openSync(path, "wx");
      } catch (error) {
        if (!hasCode(error, "ENOENT") || triesLeft === 0) throw error;
        makeFolders(this.#path);
      }
    }
  }
}

/** Job ids become folder names. */
function folderOf(jobId: string): string {
  if (!/^[\w][\w.-]*$/.test(jobId)) throw new Error(`${JSON.stringify(jobId)} is no job id`);
  return jobId;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => `${folder}/${name}`);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** By the process id in the name. A wrong "dead" (another machine's process) only makes that writer write again. */
function isWriterAlive(path: string): boolean {
  const pid = Number(/([0-9]+)-[0-9a-f]+-[0-9]+$/.exec(path)?.[1]);
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
