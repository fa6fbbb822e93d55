/**
 * What goes over the store's socket. Frame: length as 4 bytes, little-endian, then `v8.serialize` of the message, which keeps Date,
 * bytes and bigint. Both ends are the same user on the same machine.
 */
import type { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";
import type { Statement } from "./database.js";

/** Grows when an older client or owner would misread the other. */
export const storeProtocol = 1;

export type StoreRequest =
  | { readonly type: "sql"; readonly text: string; readonly values: readonly unknown[] }
  | { readonly type: "batch"; readonly statements: readonly Statement[] }
  | { readonly type: "status" }
  | { readonly type: "stop" };

/** First frame of every connection, from the owner. */
export interface Hello {
  readonly protocol: number;
  /** The store's folder, so that a socket which lies elsewhere cannot be another store's. */
  readonly folder: string;
}

export interface OwnerStatus {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Clients that are connected now and have asked for something. */
  readonly connections: number;
}

export type Reply =
  | { readonly id: number; readonly ok: unknown }
  | { readonly id: number; readonly error: Readonly<Record<string, unknown>> };

/** Fields of a PostgreSQL error that travel. */
const errorFields = [
  "name",
  "message",
  "code",
  "severity",
  "detail",
  "hint",
  "constraint",
  "table",
  "column",
  "position",
] as const;

export function flattenError(error: unknown): Record<string, unknown> {
  const source = Object(error) as Record<string, unknown>;
  return Object.fromEntries(errorFields.flatMap((key) => (source[key] === undefined ? [] : [[key, source[key]]])));
}

/** An Error with the fields of the one that was flattened, and the stack of whoever asked. */
export function reviveError(fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error(String(fields["message"])), fields);
}

export function sendFrame(socket: Socket, message: unknown): void {
  const body = serialize(message);
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32LE(body.length);
  socket.cork();
  socket.write(head);
  socket.write(body);
  socket.uncork();
}

/** Calls `handle` once per whole frame, in order. */
export function onFrames(socket: Socket, handle: (message: unknown) => void): void {
  let parts: Buffer[] = [];
  let have = 0;
  socket.on("data", (data: Buffer) => {
    parts.push(data);
    have += data.length;
    if (have < 4 || (parts[0]!.length >= 4 && have < 4 + parts[0]!.readUInt32LE(0))) return;
    const all = parts.length > 1 ? Buffer.concat(parts) : parts[0]!;
    let at = 0;
    while (have - at >= 4 && have - at >= 4 + all.readUInt32LE(at)) {
      const end = at + 4 + all.readUInt32LE(at);
      handle(deserialize(all.subarray(at + 4, end)));
      at = end;
    }
    parts = at < have ? [all.subarray(at)] : [];
    have -= at;
  });
}
