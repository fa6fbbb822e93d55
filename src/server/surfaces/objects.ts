/**
 * Objects of a volume over HTTP, for every reader of precomputed volumes: whole or one range of them, in the coding in which they
 * are stored where the client takes it. What is not there is 404, whatever the reason.
 */
import { CirrusError, isCirrusError, messageOf } from "../../core/errors.js";
import { redact } from "../../core/redact.js";
import type { KeyValueStore, ObjectStat } from "../../storage/store.js";
import { codingsOf, unpackObject } from "../../volume/content-encoding.js";
import { isBucketUrl } from "../../volume/stored-form.js";
import { accepts, isMatch, spanOf, type Span } from "../http-range.js";

/** What of a request counts. */
export interface ObjectRequest {
  readonly method: "GET" | "HEAD";
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  /** Ends the connection, for what goes wrong when the head of the answer is sent already. */
  readonly breakOff: (cause: unknown) => void;
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
  const settled = settledBy(request, etag);
  if (settled) return new Response(null, { status: settled, headers });
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
  if (to - from > pieceBytes)
    return new Response(inPieces(store, found, { from, to, breakOff: request.breakOff }), { status, headers: sized });
  const bytes = await store.getRange(found.key, { offset: from, length: to - from });
  if (!bytes) return plainText(404, `there is no ${key} here any more`);
  if (bytes.byteLength < to - from) return plainText(503, `${key} became shorter while it was read: ask again`);
  return new Response(bodyOf(bytes), { status, headers: sized });
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
  const settled = settledBy(request, etag);
  if (settled) return new Response(null, { status: settled, headers });
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

/**
 * A body that reads the next piece when the client has taken the last. The connection breaks when the object is gone or another one
 * meanwhile, so that nobody takes a part, or parts of two, for the whole.
 */
function inPieces(
  store: KeyValueStore,
  { key, version }: Found,
  { from, to, breakOff }: Span & Pick<ObjectRequest, "breakOff">,
): ReadableStream<Uint8Array> {
  let at = from;
  let isAbandoned = false;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const bytes = await store.getRange(key, { offset: at, length: Math.min(pieceBytes, to - at) });
          if (!bytes?.byteLength || (await store.stat(key))?.version !== version)
            throw new Error(`${key} of ${store.url} was replaced while it was sent: the connection was broken off`);
          if (isAbandoned) return;
          at += bytes.byteLength;
          controller.enqueue(bytes);
          if (at >= to) controller.close();
        } catch (error) {
          if (isAbandoned) return;
          // Not by an error of the stream: its text would be sent behind the bytes.
          breakOff(error);
          controller.close();
        }
      },
      cancel() {
        isAbandoned = true;
      },
    },
    { highWaterMark: 0 },
  );
}

/** The status that a request's conditions alone settle. */
function settledBy({ ifMatch, ifNoneMatch }: ObjectRequest, etag: string): 304 | 412 | undefined {
  if (ifMatch !== undefined && !isMatch(ifMatch, etag)) return 412;
  return ifNoneMatch !== undefined && isMatch(ifNoneMatch, etag) ? 304 : undefined;
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
  const status = statusOf(error);
  return plainText(status, status === 404 ? "there is no such object" : redact(messageOf(error)));
}

/** What a client is told about an error that has a code. */
export const statusOf = ({ code }: CirrusError): number => statuses[code] ?? 502;

const statuses: Partial<Record<CirrusError["code"], number>> = {
  E_STORE_KEY: 404,
  E_VOLUME_NOT_FOUND: 404,
  E_STORE_DENIED: 403,
  E_STORE_TEMPORARY: 503,
  E_ENCODING_UNSUPPORTED: 406,
};
