/** The only messages between a supervisor and its workers: one type down (Task), one up (Receipt or Failure), plus life signs. */

/** Sent once, first. `kind` names a row of cli/worker.ts; `job` is that kind's own document. */
export interface WorkerSetup {
  readonly type: "setup";
  readonly kind: string;
  readonly job: unknown;
  readonly memoryBytes: number;
}
/** A task is one integer; what it means is in the job's plan. */
export interface TaskMessage {
  readonly type: "task";
  readonly task: number;
}
export interface EndMessage {
  readonly type: "end";
}
export type ToWorker = WorkerSetup | TaskMessage | EndMessage;

/** One stored object; or one that is not: `background`: left out by policy, because all its voxels are 0; `deleted`: gone. */
export interface ChunkReceipt {
  readonly key: string;
  readonly bytes: number;
  /** SHA-256 of the stored bytes, lower-case hex. */
  readonly sha256: string;
  readonly note?: "background" | "deleted";
}
/** SHA-256 of no bytes: of what is not stored. */
export const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export const isStored = ({ note }: ChunkReceipt): boolean => note !== "background" && note !== "deleted";
export const isBackground = ({ note }: ChunkReceipt): boolean => note === "background";
/** A tile that was replaced by background. */
export interface FilledTile {
  readonly url: string;
  readonly page?: number;
  readonly reason: "missing" | "corrupt";
  readonly detail?: string;
}
export interface Receipt {
  readonly task: number;
  readonly chunks: readonly ChunkReceipt[];
  readonly filled: readonly FilledTile[];
  /** Milliseconds per stage: read, decode, paste, downsample, encode, write. */
  readonly stagesMs: Readonly<Record<string, number>>;
  /** Facts that the job's kind adds, small, the same at each run of the task: they go into the manifest. */
  readonly extra?: Readonly<Record<string, unknown>>;
}
export interface Failure {
  readonly task: number;
  readonly code: string;
  readonly message: string;
  /** Names of the tiles or keys at fault. */
  readonly names: readonly string[];
  /** True when trying again may help: the supervisor gives the range back instead of recording a failure. */
  readonly temporary: boolean;
}
export type FromWorker =
  | { readonly type: "ready"; readonly fingerprint: string }
  | { readonly type: "alive" }
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "failure"; readonly failure: Failure }
  | { readonly type: "unusable"; readonly code: string; readonly message: string; readonly hint: string };
