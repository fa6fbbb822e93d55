/**
 * Objects of a volume over HTTP, for every reader of precomputed volumes: whole or one range of them, in the coding in which they
 * are stored where the client takes it. What is not there is 404, whatever the reason.
 */
import { CirrusError, isCirrusError, messageOf } from "../../core/errors.js";
import { redact } from "../../core/redact.js";
import type { KeyValueStore, ObjectStat } from "../../storage/store.js";
import { codingsOf, unpackObject } from "../../volume/content-encoding.js";
import { isBucketUrl } from "../../volume/stored-form.js";
import { accepts, isNoneMatch, spanOf, type Span } from "../http-range.js";

/** What of a request counts. */
export interface ObjectRequest {
  readonly method: "GET" | "HEAD";
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly acceptEncoding?: string | undefined;
}

/** Under these names other writers keep compressed chunks in folders. */
const siblings: readonly (readonly [suffix: string, coding: string])[] = [
  ["", ""],
  [".gz", "gzip"],
  [".br", "br"],
  [".zstd", "zstd"],
];

/** Objects up to this size are read at once; larger ones, shards, in pieces, so that memory stays flat. */
const pieceBytes = 4 * 2 ** 20;

interface Found extends ObjectStat {
  readonly key: string;
}

/** Never throws for what the store says: that becomes a status. */
export async function answerObject(store: KeyValueStore, key: string, request: ObjectRequest): Promise<Response> {
  try {
    return await answer(store, key, request);
  } catch (error) {
    return refusal(error);
  }
}

async function answer(store: KeyValueStore, key: string, request: ObjectRequest): Promise<Response> {
  const found = await find(store, key);
  if (!found) return plainText(404, `there is no ${key} here`);
  const codings = codingsOf(found.contentEncoding);
  if (codings.length) return answerEncoded(store, { found, codings, request });

  const etag = etagOf(found.version);
  const headers = {
    ...headersOf(key),
    etag,
    "accept-ranges": "bytes",
  };
  if (isNoneMatch(request.ifNoneMatch, etag)) return new Response(null, { status: 304, headers });
  const { sizeBytes } = found;
  const isCurrent = request.ifRange === undefined || request.ifRange.trim() === etag;
  const span = isCurrent ? spanOf(request.range, sizeBytes) : undefined;
  if (span === "unsatisfiable")
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${sizeBytes}` } });
  const { from, to } = span ?? { from: 0, to: sizeBytes };
  const sized = {
    ...headers,
    "content-length": String(to - from),
    ...(span && { "content-range": `bytes ${from}-${to - 1}/${sizeBytes}` }),
  };
  const status = span ? 206 : 200;
  if (request.method === "HEAD") return new Response(null, { status, headers: sized });
  if (to - from > pieceBytes) return new Response(inPieces(store, found.key, { from, to }), { status, headers: sized });
  const bytes = await store.getRange(found.key, { offset: from, length: to - from });
  if (!bytes) return plainText(404, `there is no ${key} here any more`);
  // Cut off since it was looked at: the length tells what is sent.
  return new Response(bodyOf(bytes), { status, headers: { ...sized, "content-length": String(bytes.byteLength) } });
}

/** Ranges of what is compressed as a whole would be ranges of compressed bytes, of which no reader makes sense: all of it is sent. */
async function answerEncoded(
  store: KeyValueStore,
  {
    found,
    codings,
    request,
  }: { readonly found: Found; readonly codings: readonly string[]; readonly request: ObjectRequest },
): Promise<Response> {
  const [coding] = codings;
  const isTaken = codings.length === 1 && coding !== undefined && accepts(request.acceptEncoding, coding);
  const etag = etagOf(found.version + (isTaken ? "" : "-identity"));
  const headers = {
    ...headersOf(found.key),
    etag,
    vary: "accept-encoding",
    ...(isTaken && { "content-encoding": coding }),
  };
  if (isNoneMatch(request.ifNoneMatch, etag)) return new Response(null, { status: 304, headers });
  if (request.method === "HEAD")
    return new Response(null, {
      status: 200,
      headers: { ...headers, ...(isTaken && { "content-length": String(found.sizeBytes) }) },
    });
  const object = await store.get(found.key);
  if (!object) return plainText(404, `there is no ${found.key} here any more`);
  const bytes = isTaken
    ? object.bytes
    : await unpackObject({ ...object, contentEncoding: codings.join(",") }, { mostBytes: 2 ** 30, key: found.key });
  return new Response(bodyOf(bytes), {
    status: 200,
    headers: { ...headers, "content-length": String(bytes.byteLength) },
  });
}

/** The object under its own name, or in folders under one that tells a coding. Shards have no such names. */
async function find(store: KeyValueStore, key: string): Promise<Found | undefined> {
  const names = isBucketUrl(store.url) || key.endsWith(".shard") ? siblings.slice(0, 1) : siblings;
  for (const [suffix, coding] of names) {
    const stat = await store.stat(key + suffix);
    if (stat) return { ...stat, key: key + suffix, ...(coding && { contentEncoding: coding }) };
  }
  return undefined;
}

/** A body that reads the next piece when the client has taken the last. */
function inPieces(store: KeyValueStore, key: string, { from, to }: Span): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream(
    {
      async pull(controller) {
        const bytes = await store.getRange(key, { offset: at, length: Math.min(pieceBytes, to - at) });
        // The connection breaks, so that nobody takes a part for the whole.
        if (!bytes?.byteLength) return controller.error(new Error(`${key} of ${store.url} ended early`));
        at += bytes.byteLength;
        controller.enqueue(bytes);
        if (at >= to) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

const etagOf = (version: string): string => `"${version.replace(/[^\w.:+/=-]/g, "")}"`;

/** Everything is asked for again when it is used again: a chunk may be written anew at any time. */
const headersOf = (key: string): Record<string, string> => ({
  "content-type": /^(info|provenance)$|\.json$/.test(key) ? "application/json" : "application/octet-stream",
  "cache-control": "no-cache",
});

/** Bytes of ours are never shared memory. */
const bodyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;

export const plainText = (status: number, text: string): Response =>
  new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });

/** @throws what is no error of a store */
function refusal(error: unknown): Response {
  if (!isCirrusError(error)) throw error;
  const status = statuses[error.code] ?? 502;
  return plainText(status, status === 404 ? "there is no such object" : redact(messageOf(error)));
}

const statuses: Partial<Record<CirrusError["code"], number>> = {
  E_STORE_KEY: 404,
  E_VOLUME_NOT_FOUND: 404,
  E_STORE_DENIED: 403,
  E_STORE_TEMPORARY: 503,
  E_ENCODING_UNSUPPORTED: 406,
};
