/**
 * One run of writing through the library: admitted before it writes, a manifest after every write, an end event when it is over.
 * To `verify` and `provenance show` it is a job like any other, each write one task.
 */
import { randomBytes } from "node:crypto";
import { describeBox, type BoundingBox } from "../core/bounding-box.js";
import { CirrusError, codeOf, isCirrusError, messageOf } from "../core/errors.js";
import { jobIdAt } from "../core/job-id.js";
import { writeIndex } from "../engine/manifest-index.js";
import { treeDigest } from "../engine/tree-digest.js";
import { writeManifest } from "../engine/manifest.js";
import type { ChunkReceipt } from "../engine/messages.js";
import type { CompletedRange } from "../jobs/contracts.js";
import { admit, type Admission } from "../provenance/admit.js";
import { ownAgent } from "../provenance/agent.js";
import { capture } from "../provenance/capture/capture.js";
import { overlappingRuns, type EarlierRun } from "../provenance/claims.js";
import { complete } from "../provenance/log.js";
import type { CodeEnv } from "../provenance/model/code-env.js";
import type { Declaration } from "../provenance/model/declaration.js";
import { openWritable } from "../storage/open.js";
import type { RecordOptions } from "../provenance/signing.js";
import type { WritableStore } from "../storage/store.js";
import type { StoredChunk } from "../volume/chunk-store.js";

export interface RunRequest {
  /** Normalised URL of the volume. */
  readonly url: string;
  readonly store: RecordOptions;
  readonly declaration: Declaration;
  /** Beside what cirrus finds out by itself. */
  readonly codeEnvs: readonly CodeEnv[];
  /** Its git repository is recorded as the code that ran. */
  readonly codeFolder: string;
  /** Facts about the run for its record. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The whole volume at mip 0, and its mips: jobs that are at work in it are looked up. */
  readonly extent: BoundingBox;
  readonly mips: readonly number[];
}

/** One call of `write`. */
export interface WriteTask {
  /** Stored before the call ended or failed, in any order. */
  readonly chunks: readonly ChunkReceipt[];
  readonly failure?: unknown;
}

export class RecordedRun {
  readonly store: WritableStore;
  readonly admission: Admission;
  readonly #jobId: string;
  readonly #url: string;
  readonly #storeOptions: RecordOptions;
  readonly #tool: string;
  readonly #atWork: readonly EarlierRun[];
  readonly #ranges: CompletedRange[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  #tasks = 0;

  private constructor(parts: {
    readonly request: RunRequest;
    readonly jobId: string;
    readonly tool: string;
    readonly admission: Admission;
    readonly store: WritableStore;
    readonly atWork: readonly EarlierRun[];
  }) {
    this.store = parts.store;
    this.admission = parts.admission;
    this.#jobId = parts.jobId;
    this.#url = parts.request.url;
    this.#storeOptions = parts.request.store;
    this.#tool = parts.tool;
    this.#atWork = parts.atWork;
  }

  /**
   * The record is durable when this resolves.
   *
   * @throws CirrusError `E_PROVENANCE_MISSING`, `E_PROVENANCE_INVALID`; errors of the store
   */
  static async begin(request: RunRequest): Promise<RecordedRun> {
    const { url, declaration, parameters, codeFolder, extent, mips } = request;
    const jobId = jobIdAt(Date.now(), randomBytes(4));
    const options = { ...request.store, jobId };
    const [captured, earlier, agent] = await Promise.all([
      capture({ folder: codeFolder, env: process.env }),
      overlappingRuns(url, { extent, mips: [...mips] }, options),
      ownAgent(),
    ]);
    const admission = await admit({
      destination: url,
      options,
      declaration,
      jobId,
      parameters,
      argv: process.argv,
      ...captured,
      codeEnvs: [...request.codeEnvs, ...captured.codeEnvs],
    });
    const store = await openWritable(url, admission.ticket, options);
    const atWork = earlier.filter(({ status }) => status === "running");
    return new RecordedRun({ request, jobId, tool: `${agent.name} ${agent.version}`, admission, store, atWork });
  }

  /**
   * @param extent - of what is to be written, in mip-0 voxels
   * @throws CirrusError `E_CLAIM_LOST` when a job that was unfinished at the begin of this run owns some of these chunks
   */
  checkClaims(extent: BoundingBox, mip: number): void {
    const owner = this.#atWork.find(
      ({ claim }) =>
        claim.mips.includes(mip) &&
        [0, 1, 2].every((i) => claim.extent.min[i]! < extent.max[i]! && extent.min[i]! < claim.extent.max[i]!),
    );
    if (!owner) return;
    throw new CirrusError(
      "E_CLAIM_LOST",
      `job ${owner.jobId} is not finished and has claimed ${describeBox(owner.claim.extent)} at mips ${owner.claim.mips.join(", ")}`,
      { context: { winner: owner.jobId } },
    );
  }

  /** Runs one write and lists what it stored in a manifest, also when it failed; chunks first, each durable before the next. */
  async perform(write: () => Promise<WriteTask>): Promise<readonly StoredChunk[]> {
    const task = this.#tasks++;
    const work = write().then((done) => this.#record(task, done));
    this.#pending.add(work);
    try {
      return await work;
    } finally {
      this.#pending.delete(work);
    }
  }

  async #record(task: number, { chunks, failure }: WriteTask): Promise<readonly StoredChunk[]> {
    await this.store.sync(chunks.flatMap(({ key, note }) => (note === "deleted" ? [] : [key])));
    const range = { from: task, to: task + 1, stage: 0, round: 0 };
    const sorted = chunks.toSorted((a, b) => (a.key < b.key ? -1 : 1)); // the order of completion is chance
    const failed = failure === undefined ? [] : [failureOf(task, failure)];
    const done = [{ task, chunks: sorted, filled: [] }];
    const manifest = await writeManifest(this.store, { job: this.#jobId, ...range, tool: this.#tool, done, failed }, 0);
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const outcome = {
      manifestKey: manifest.key,
      manifestSha256: manifest.sha256,
      failedTasks: failed.length,
      filledTiles: 0,
      chunks: chunks.length,
      bytes,
      cost: bytes,
    };
    this.#ranges.push({ ...range, outcome });
    if (failure !== undefined) throw failure;
    return sorted;
  }

  /** Waits for the writes under way, then records how the run ended; nothing may be written through it afterwards. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#pending);
    const ranges = this.#ranges.toSorted((a, b) => a.from - b.from);
    const sum = (member: "chunks" | "bytes" | "failedTasks") =>
      ranges.reduce((total, { outcome }) => total + outcome[member], 0);
    const failed = sum("failedTasks");
    const index = await writeIndex(this.store, { job: this.#jobId, round: 0, tool: this.#tool }, inTurn(ranges));
    const tree = await treeDigest(this.store, index.key);
    await this.store.close();
    const [chunks, bytes] = [sum("chunks"), sum("bytes")];
    await complete({
      destination: this.#url,
      options: this.#storeOptions,
      recordKey: this.admission.recordKey,
      status: failed ? "failed" : "completed",
      message: `${chunks} chunks, ${bytes} bytes in ${ranges.length} writes${failed ? `, ${failed} of which failed` : ""}`,
      outputs: { manifestIndex: { key: index.key, sha256: index.sha256 }, chunks, bytes, tree },
    });
  }
}

const failureOf = (task: number, error: unknown) => ({
  task,
  code: isCirrusError(error) ? error.code : (codeOf(error) ?? "E_INTERNAL"),
  message: messageOf(error),
  names: [],
});

async function* inTurn<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
