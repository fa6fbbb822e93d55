/** Runs the tasks of one leased range on one worker, in order, and writes its manifest. */
import { errorKinds, type ErrorCode } from "../core/error-codes.js";
import { isCirrusError } from "../core/errors.js";
import type { NewTaskFailure, RangeOutcome, TaskRange } from "../jobs/contracts.js";
import type { WritableStore } from "../storage/store.js";
import type { Emit } from "./events.js";
import type { HeldRange } from "./leases.js";
import type { FailedTask, TaskRecord } from "./manifest-format.js";
import { newestManifest, writeManifest } from "./manifest.js";
import { isBackground, isStored, type Receipt } from "./messages.js";
import type { RefusalGate } from "./refusal.js";
import { errorOfCode, type WorkerSlot } from "./worker-pool.js";

export interface RangeContext {
  readonly jobId: string;
  readonly store: WritableStore;
  /** Name and version of this program, for the manifest. */
  readonly tool: string;
  readonly gate: RefusalGate;
  /** How often each task killed its worker here. */
  readonly deaths: Map<number, number>;
  costOf(range: { readonly from: number; readonly to: number }): number;
  emit: Emit;
  onReceipt(held: HeldRange, receipt: Receipt, tookMs: number): void;
  onFailure(held: HeldRange, failure: FailedTask): void;
  /** Aborted when draining or over: then nobody waits for a destination that refuses. */
  readonly enough: AbortSignal;
  /** Whether there is time for this many more tasks: false while draining, when a range would take too long. */
  hasTimeFor(tasks: number): boolean;
}

export interface RangeResult {
  readonly outcome: RangeOutcome;
  readonly failures: readonly NewTaskFailure[];
}

const deathsAllowed = 3;
const refusalsAllowed = 5;

/**
 * Resolves to undefined when the range was dropped: the lease lost, the run over, or draining without the time to finish; then nothing was written
 * but chunks, which the next holder writes again with the same bytes.
 *
 * @throws CirrusError that stops the run: the destination is full or denies, or refuses for too long
 */
export async function runRange(
  held: HeldRange,
  slot: WorkerSlot,
  context: RangeContext,
): Promise<RangeResult | undefined> {
  const { lease } = held;
  const earlier = await insist(held, context, () => receiptsOfEarlierTries(held, context));
  if (!earlier) return undefined;
  const done: TaskRecord[] = [];
  const failed: FailedTask[] = [];
  for (let task = lease.from; task < lease.to; task++) {
    const known = earlier.get(task);
    if (known) {
      done.push(known);
      continue;
    }
    if (!context.hasTimeFor(lease.to - task)) return undefined;
    const ended = await runTask(task, held, { slot, context });
    if (!ended) return undefined;
    if ("failure" in ended) failed.push(ended.failure);
    else {
      const { chunks, filled, extra } = ended.receipt;
      done.push({ task, chunks, filled, ...(extra && { extra }) });
    }
  }
  const written = await insist(held, context, () =>
    writeManifest(
      context.store,
      { job: context.jobId, ...rangeOf(lease), tool: context.tool, done, failed },
      lease.attempt,
    ),
  );
  if (!written) return undefined;
  const chunks = done.flatMap((record) => record.chunks);
  const outcome: RangeOutcome = {
    manifestKey: written.key,
    manifestSha256: written.sha256,
    failedTasks: failed.length,
    filledTiles: done.reduce((sum, record) => sum + record.filled.length, 0),
    chunks: chunks.filter(isStored).length,
    backgroundChunks: chunks.filter(isBackground).length,
    bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    cost: context.costOf(lease),
  };
  return { outcome, failures: failed };
}

const rangeOf = ({ from, to, stage, round }: TaskRange): TaskRange => ({ from, to, stage, round });

/** A range that was tried before may have a manifest: of an earlier round, or of a try that was killed before its completion. */
async function receiptsOfEarlierTries({ lease }: HeldRange, context: RangeContext): Promise<Map<number, TaskRecord>> {
  if (lease.round === 0 && lease.attempt === 0) return new Map();
  try {
    const manifest = await newestManifest(context.store, context.jobId, lease.from);
    return new Map(manifest?.done.map((record) => [record.task, record]));
  } catch (error) {
    if (!isCirrusError(error, "E_MANIFEST_INVALID")) throw error;
    context.emit({ type: "warning", code: error.code, text: `${error.message}; its tasks are done again` });
    return new Map();
  }
}

type Ended = { readonly receipt: Receipt } | { readonly failure: FailedTask };

interface TaskRunner {
  readonly slot: WorkerSlot;
  readonly context: RangeContext;
}

async function runTask(task: number, held: HeldRange, { slot, context }: TaskRunner): Promise<Ended | undefined> {
  const { gate, deaths } = context;
  let refusals = 0;
  const successesBefore = gate.successes;
  for (;;) {
    await gate.opened(context.enough);
    if (held.dropped.aborted || gate.isClosed) return undefined;
    const startMs = performance.now();
    const answer = await slot.run(task);
    if (held.dropped.aborted) return undefined;
    if (answer.type === "receipt") {
      gate.accepted();
      context.onReceipt(held, answer.receipt, performance.now() - startMs);
      return { receipt: answer.receipt };
    }
    if (answer.type === "died") {
      if (answer.intended) continue;
      const count = (deaths.get(task) ?? 0) + 1;
      deaths.set(task, count);
      if (count < deathsAllowed) continue;
      const message = `task ${task} ended its worker process ${count} times: ${answer.reason}`;
      return failedAs({ task, code: "E_WORKER_DIED", message, names: [] }, held, context);
    }
    if (answer.type !== "failure") throw errorOfCode("E_INTERNAL", `a worker answered a task with ${answer.type}`);
    const { failure } = answer;
    if (concernsTheDestination(failure.code)) throw errorOfCode(failure.code, failure.message);
    if (!failure.temporary) return failedAs(failure, held, context);
    refusals++;
    // Others succeed and this one does not: it is the task, not the destination.
    if (refusals > refusalsAllowed && gate.successes > successesBefore) return failedAs(failure, held, context);
    refuse(failure, context);
  }
}

function failedAs({ task, code, message, names }: FailedTask, held: HeldRange, context: RangeContext): Ended {
  const failure = { task, code, message, names };
  context.onFailure(held, failure);
  return { failure };
}

/** Codes that every other task would meet as well: recording thousands of them would help nobody, the run stops instead. */
const concernsTheDestination = (code: string): boolean =>
  code in errorKinds && errorKinds[code as ErrorCode].exit === 5;

/** @throws CirrusError when it was refused for too long */
function refuse({ code, message }: { readonly code: string; readonly message: string }, context: RangeContext): void {
  const wasClosed = context.gate.isClosed;
  if (!context.gate.refused()) throw errorOfCode(code, message);
  if (!wasClosed) context.emit({ type: "warning", code, text: `waiting, then trying again: ${message}` });
}

/** Repeats an act of this process on the destination while that refuses for a while. */
async function insist<T>(held: HeldRange, context: RangeContext, act: () => Promise<T>): Promise<T | undefined> {
  for (;;) {
    await context.gate.opened(context.enough);
    if (held.dropped.aborted || context.gate.isClosed) return undefined;
    try {
      return await act();
    } catch (error) {
      if (!isCirrusError(error) || error.exitCode !== 75) throw error;
      refuse(error, context);
    }
  }
}
