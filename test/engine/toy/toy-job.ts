// A toy job on a real store of state and a real folder, and the options to supervise it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { mintTicket } from "#src/core/write-ticket.js";
import type { RunEvent } from "#src/engine/events.js";
import type { SuperviseOptions } from "#src/engine/supervisor.js";
import type { Job, Jobs } from "#src/jobs/contracts.js";
import { openWritable } from "#src/storage/open.js";
import type { WritableStore } from "#src/storage/store.js";
import type { ToyDocument } from "./toy-kind.js";

export const workerScript = fileURLToPath(new URL("./toy-worker.js", import.meta.url));

export interface ToyOptions extends Partial<Omit<ToyDocument, "gate">> {
  /** Tasks from this number on wait until `open` is called. */
  readonly gatedFrom?: number;
  readonly stages?: readonly number[];
  readonly rangeSize?: number;
}

export interface Toy {
  readonly job: Job;
  readonly document: ToyDocument;
  /** Task numbers in the order in which their objects were written. */
  ended(): number[];
  begun(): number[];
  /** Processes that began a task. */
  workers(): Set<number>;
  open(): void;
}

let made = 0;

/** @param folder - of the test file; each job gets a folder of its own in it */
export async function makeToy(jobs: Jobs, folder: string, options: ToyOptions = {}): Promise<Toy> {
  const { stages = [8], rangeSize = 2, gatedFrom, ...rest } = options;
  const id = `toyjob-${String(++made).padStart(4, "0")}`;
  const own = join(folder, id);
  mkdirSync(own);
  const paths = { begun: join(own, "begun.txt"), ended: join(own, "ended.txt") };
  for (const path of Object.values(paths)) writeFileSync(path, "");
  const url = pathToFileURL(join(own, "volume")).href;
  const file = join(own, "open");
  const gate = gatedFrom === undefined ? {} : { gate: { from: gatedFrom, file } };
  const document: ToyDocument = { url, ...paths, taskMs: 5, misdeeds: {}, ...gate, ...rest };
  const job = await jobs.create({
    id,
    kind: "toy",
    destination: url,
    configDigest: id,
    document,
    stages,
    rangeSize,
    encoderFingerprint: "toy",
    owner: "test",
  });
  const column = (path: string, index: 0 | 1): number[] => linesOf(path).map((line) => Number(line.split(" ")[index]));
  return {
    job,
    document,
    ended: () => column(paths.ended, 0),
    begun: () => column(paths.begun, 0),
    workers: () => new Set(column(paths.begun, 1)),
    open: () => writeFileSync(file, ""),
  };
}

const linesOf = (path: string): string[] => readFileSync(path, "utf8").split("\n").filter(Boolean);

export const openToyStore = (url: string): Promise<WritableStore> =>
  openWritable(url, mintTicket(url, "provenance.d/toy"), { fsync: false });

export interface ToyRun extends SuperviseOptions {
  readonly events: RunEvent[];
}

export async function toyRun(
  jobs: Jobs,
  toy: Pick<Toy, "job" | "document">,
  options: Partial<SuperviseOptions> = {},
): Promise<ToyRun> {
  const events: RunEvent[] = [];
  return {
    job: toy.job,
    jobs,
    queue: await jobs.queueOf(toy.job),
    store: await openToyStore(toy.document.url),
    worker: { script: workerScript, kind: "toy", document: toy.document },
    workers: 2,
    memoryPerWorkerBytes: 128 * 2 ** 20,
    tool: "cirrus 0.0.0",
    costOf: ({ from, to }) => (to - from) * 1e6,
    emit: (event) => events.push(event),
    events,
    ...options,
  };
}

/** 0 to count - 1. */
export const everyTask = (count: number): number[] => Array.from({ length: count }, (_, task) => task);

export const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
