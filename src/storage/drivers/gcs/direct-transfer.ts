/**
 * Objects' bytes over our own kept connections, by Google's JSON API; the token comes from Google's client.
 * @see https://cloud.google.com/storage/docs/uploading-objects "multipart upload": metadata and bytes in one request
 */
import type { Bucket } from "@google-cloud/storage";
import { createHash } from "node:crypto";
import { messageOf } from "../../../core/errors.js";
import { keptConnections, type Reply, type Request } from "../../connections.js";
import { isTemporary } from "../../retry.js";
import { wantsCredentials } from "./client.js";
import { credentialsError } from "./errors.js";
import { storedObject, type Transfer, type Upload } from "./transfer.js";

/** Never part of the metadata, which is JSON; what the bytes hold does not matter, as the request tells its length. */
const boundary = "cirrus-part-5b0e3c7f1d294a68";

/** @param endpoint - `http(s)://host:port`; undefined: Google's own, with credentials */
export function directTransfer(bucket: Bucket, endpoint: string | undefined): Transfer {
  const base = endpoint ?? bucket.storage.apiEndpoint;
  const path = `storage/v1/b/${encodeURIComponent(bucket.name)}/o`;
  const connections = keptConnections();
  const sign = endpoint === undefined || wantsCredentials(endpoint) ? signer(bucket) : async () => ({});

  const send = async (request: Request): Promise<Reply> => {
    const signature = await sign(request.url);
    const reply = await connections.send({ ...request, headers: { ...signature, ...request.headers } });
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw httpError(reply.status, reply.body);
  };

  return {
    upload: async (upload) => {
      const query = new URLSearchParams({ uploadType: "multipart", name: upload.name });
      if (upload.generation !== undefined) query.set("ifGenerationMatch", upload.generation);
      const parts = multipart(upload);
      const { body } = await send({
        method: "POST",
        url: `${base}/upload/${path}?${query}`,
        headers: {
          "content-type": `multipart/related; boundary=${boundary}`,
          "content-length": parts.reduce((sum, part) => sum + part.length, 0),
        },
        parts,
      });
      return (JSON.parse(body.toString()) as { generation: string }).generation; // an object resource of the JSON API
    },
    download: async (name, range) => {
      const headers = {
        "accept-encoding": "gzip", // else Google decompresses objects stored with that encoding
        "cache-control": "no-store",
        ...(range && { range: `bytes=${range.start}-${range.end}` }),
      };
      const url = `${base}/${path}/${encodeURIComponent(name)}?alt=media`;
      const reply = await send({ method: "GET", url, headers });
      return storedObject(reply.body, reply.headers);
    },
    close: () => connections.close(),
  };
}

/** Headers that say who asks; none where there are no credentials, which suffices for public buckets. */
function signer(bucket: Bucket): (url: string) => Promise<Readonly<Record<string, string>>> {
  let isAnonymous = false;
  return async (url) => {
    if (isAnonymous) return {};
    try {
      return await bucket.storage.authClient.getRequestHeaders(url);
    } catch (error) {
      if (isTemporary(error)) throw error;
      isAnonymous = /could not load the default credentials/i.test(messageOf(error));
      if (!isAnonymous) throw credentialsError(error);
      return {};
    }
  };
}

/** With the digest, the server refuses bytes that were altered on the way. */
function multipart({ bytes, metadata }: Upload): readonly Uint8Array[] {
  const md5Hash = createHash("md5").update(bytes).digest("base64");
  const head =
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ ...metadata, md5Hash })}\r\n` +
    `--${boundary}\r\nContent-Type: ${metadata.contentType}\r\n\r\n`;
  return [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)];
}

/** In the form of the client's errors: the status in `code`, Google's own words as message. */
function httpError(status: number, body: Buffer): Error {
  const text = body.toString("utf8", 0, 4000);
  const said = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  const reason = /"reason":\s*"([^"]*)"/.exec(text)?.[1];
  return Object.assign(new Error([said || `HTTP ${status}`, reason].filter(Boolean).join(", ")), { code: status });
}
