// A kind of task that writes one small object per task, takes some time over it, and misbehaves at the tasks that it is told to.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { mintTicket } from "#src/core/write-ticket.js";
import { CirrusError } from "#src/core/errors.js";
import type { WorkerEnvironment, WorkerKind } from "#src/engine/worker-host.js";
import { openWritable } from "#src/storage/open.js";

export type Misdeed =
  | { readonly does: "fail"; readonly code: "E_TILE_MISSING" | "E_STORE_FULL" | "E_STORE_TEMPORARY" | "E_TASK_BLOCKED" }
  | { readonly does: "throw" | "crash" | "hang" | "spin" };

export interface ToyDocument {
  /** URL of the store. */
  readonly url: string;
  /** A line `TASK PID` is appended when a task begins. */
  readonly begun: string;
  /** The same when its object is written. */
  readonly ended: string;
  readonly taskMs: number;
  /** By task number. */
  readonly misdeeds: Readonly<Record<number, Misdeed>>;
  /** Misdeeds are over when this file exists. */
  readonly mended?: string;
  /** A misdeed is done so often only. */
  readonly times?: number;
  readonly fingerprint?: string;
  /** Tasks from this number on wait until the file is there: for what must happen while the job runs, however slow the machine is. */
  readonly gate?: { readonly from: number; readonly file: string };
  /** Tasks that tell of a filled tile. */
  readonly filled?: readonly number[];
}

export const toyKey = (task: number): string => `toy/${String(task).padStart(6, "0")}`;
export const toyBytes = (task: number): Buffer => Buffer.from(`what task ${task} writes\n`);

export const toyKind: WorkerKind = async (job, environment) => {
  const document = job as ToyDocument;
  const store = await openWritable(document.url, mintTicket(document.url, "provenance.d/toy"), { fsync: false });
  return {
    fingerprint: document.fingerprint ?? "toy",
    async runTask(task) {
      appendFileSync(document.begun, `${task} ${process.pid}\n`);
      environment.alive();
      await sleep(document.taskMs);
      await gateOpened(document, task, environment);
      const misdeed = document.misdeeds[task];
      if (misdeed && isDue(document, task)) await misbehave(misdeed, task);
      const bytes = toyBytes(task);
      environment.beforeWrite();
      await store.put(toyKey(task), bytes);
      appendFileSync(document.ended, `${task} ${process.pid}\n`);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return {
        task,
        chunks: [{ key: toyKey(task), bytes: bytes.length, sha256 }],
        filled: filledOf(document, task),
        stagesMs: { write: 2 },
      };
    },
    close: () => store.close(),
  };
};

async function gateOpened({ gate }: ToyDocument, task: number, { alive }: WorkerEnvironment): Promise<void> {
  for (; gate && task >= gate.from && !existsSync(gate.file); await sleep(10)) alive();
}

const filledOf = ({ filled }: ToyDocument, task: number) =>
  filled?.includes(task) ? [{ url: `/tiles/${task}.png`, reason: "missing" } as const] : [];

function isDue({ mended, times, begun }: ToyDocument, task: number): boolean {
  if (mended !== undefined && existsSync(mended)) return false;
  const tries = readFileSync(begun, "utf8")
    .split("\n")
    .filter((line) => line.startsWith(`${task} `)).length;
  return tries <= (times ?? Infinity);
}

async function misbehave(misdeed: Misdeed, task: number): Promise<void> {
  if (misdeed.does === "fail")
    throw new CirrusError(misdeed.code, `task ${task} was told to fail`, {
      context: { names: [`/tiles/${task}.png`] },
    });
  if (misdeed.does === "throw") throw new TypeError(`task ${task} was told to throw`);
  if (misdeed.does === "crash") {
    process.stderr.write("last words\n");
    process.abort();
  }
  if (misdeed.does === "spin") for (;;);
  await new Promise(() => setInterval(() => {}, 1000));
}
