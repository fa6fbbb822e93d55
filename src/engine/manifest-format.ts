/**
 * The bytes of a manifest: gzip-compressed NDJSON, so that `gzip -dc < FILE | jq` reads it without cirrus.
 *
 *   {"type":"manifest","version":1,"job":ID,"from":N,"to":N,"stage":N,"round":N,"tool":"cirrus 0.1.0"}   first line
 *   {"type":"task","task":N,"chunks":N,"filled":N}            a finished task (+ "extra" of the job's kind)
 *   {"type":"chunk","task":N,"key":K,"bytes":N,"sha256":H}    a stored object (+ "note": "background" | "deleted": nothing is stored)
 *   {"type":"filled","task":N,"url":U,"reason":R}             a tile replaced by background (+ "page", "detail")
 *   {"type":"failed","task":N,"code":C,"message":M,"names":[...]}   a task that was not finished
 *
 * Tasks in ascending order. The same content gives the same bytes: no times, fixed order of members, no name or time in gzip's header.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { CirrusError } from "../core/errors.js";
import type { ChunkReceipt, FilledTile, Receipt } from "./messages.js";

/** What is kept of a Receipt: all but its timings. */
export type TaskRecord = Pick<Receipt, "task" | "chunks" | "filled" | "extra">;

export interface FailedTask {
  readonly task: number;
  readonly code: string;
  readonly message: string;
  readonly names: readonly string[];
}

/** What is known of the tasks `[from, to)` of one stage after a round. */
export interface Manifest {
  readonly job: string;
  readonly from: number;
  readonly to: number;
  readonly stage: number;
  readonly round: number;
  /** Name and version of the program that wrote it. */
  readonly tool: string;
  readonly done: readonly TaskRecord[];
  readonly failed: readonly FailedTask[];
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  const { job, from, to, stage, round, tool } = manifest;
  const lines = [JSON.stringify({ type: "manifest", version: 1, job, from, to, stage, round, tool })];
  const tasks = [
    ...manifest.done.map((record) => ({ task: record.task, lines: doneLines(record) })),
    ...manifest.failed.map((failed) => ({ task: failed.task, lines: [failedLine(failed)] })),
  ];
  for (const task of tasks.sort((a, b) => a.task - b.task)) lines.push(...task.lines);
  const packed = gzipSync(lines.join("\n") + "\n", { level: 6 });
  packed[9] = 0xff; // the header's operating system: "unknown", whatever machine wrote it
  return packed;
}

function doneLines({ task, chunks, filled, extra }: TaskRecord): string[] {
  return [
    JSON.stringify({ type: "task", task, chunks: chunks.length, filled: filled.length, ...(extra && { extra }) }),
    ...chunks.map(({ key, bytes, sha256, note }) => JSON.stringify({ type: "chunk", task, key, bytes, sha256, note })),
    ...filled.map(({ url, page, reason, detail }) =>
      JSON.stringify({ type: "filled", task, url, page, reason, detail }),
    ),
  ];
}

const failedLine = ({ task, code, message, names }: FailedTask): string =>
  JSON.stringify({ type: "failed", task, code, message, names });

type Line =
  | {
      type: "manifest";
      version: number;
      job: string;
      from: number;
      to: number;
      stage: number;
      round: number;
      tool: string;
    }
  | { type: "task"; task: number; chunks: number; filled: number; extra?: Readonly<Record<string, unknown>> }
  | ({ type: "chunk"; task: number } & ChunkReceipt)
  | ({ type: "filled"; task: number } & FilledTile)
  | ({ type: "failed" } & FailedTask);

/**
 * @param key - for the message
 * @throws CirrusError `E_MANIFEST_INVALID` when the bytes are truncated, altered, or of a newer version
 */
export function decodeManifest(bytes: Uint8Array, key: string): Manifest {
  const lines = parseLines(bytes, key);
  const head = lines[0];
  if (head?.type !== "manifest" || head.version !== 1) throw invalid(key, "its first line is no manifest of version 1");
  const chunks = new Map<number, ChunkReceipt[]>();
  const filled = new Map<number, FilledTile[]>();
  const tasks: Extract<Line, { type: "task" }>[] = [];
  const failed: FailedTask[] = [];
  for (const line of lines.slice(1)) {
    if (line.type === "task") tasks.push(line);
    else if (line.type === "chunk") append(chunks, line.task, chunkOf(line));
    else if (line.type === "filled") append(filled, line.task, filledOf(line));
    else if (line.type === "failed")
      failed.push({ task: line.task, code: line.code, message: line.message, names: line.names });
    else throw invalid(key, `it has a line of type ${JSON.stringify(line.type)}`);
  }
  const done = tasks.map(({ task, extra, ...counts }): TaskRecord => {
    const record = { task, chunks: chunks.get(task) ?? [], filled: filled.get(task) ?? [], ...(extra && { extra }) };
    if (record.chunks.length !== counts.chunks || record.filled.length !== counts.filled)
      throw invalid(key, `task ${task} has ${record.chunks.length} chunks and should have ${counts.chunks}`);
    return record;
  });
  const { job, from, to, stage, round, tool } = head;
  return { job, from, to, stage, round, tool, done, failed };
}

function parseLines(bytes: Uint8Array, key: string): Line[] {
  try {
    // The lines were written by encodeManifest; decodeManifest checks their types and counts.
    return gunzipSync(bytes)
      .toString("utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
  } catch (cause) {
    throw invalid(key, "it does not unpack", cause);
  }
}

const chunkOf = ({ key, bytes, sha256, note }: ChunkReceipt): ChunkReceipt => ({
  key,
  bytes,
  sha256,
  ...(note && { note }),
});

const filledOf = ({ url, page, reason, detail }: FilledTile): FilledTile => ({
  url,
  reason,
  ...(page !== undefined && { page }),
  ...(detail !== undefined && { detail }),
});

function append<T>(map: Map<number, T[]>, task: number, item: T): void {
  const list = map.get(task);
  if (list) list.push(item);
  else map.set(task, [item]);
}

const invalid = (key: string, why: string, cause?: unknown): CirrusError =>
  new CirrusError("E_MANIFEST_INVALID", `${key} is no valid manifest: ${why}`, { context: { key }, cause });
