/**
 * Objects' bytes over our own kept connections; credentials and signatures are the SDK's.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and API_GetObject.html
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { keptConnections, type Reply } from "../../connections.js";
import { checkBytes, crc32Of } from "./checksums.js";
import type { BucketEndpoint } from "./endpoint.js";
import { replyError } from "./errors.js";
import { contentTypeOf, encodingOf, versionOf, writeIdName, type Transfer, type Upload } from "./transfer.js";

interface ObjectRequest {
  readonly method: "GET" | "PUT";
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes?: Uint8Array;
}

/** Only the client can do what was asked: no error to show, and nothing was stored. */
export class NeedsClient extends Error {}

/** @throws NeedsClient by its calls, after redirects to other regions, and for bytes whose checksum is not known here */
export async function directTransfer(client: S3Client, { url: base, scheme }: BucketEndpoint): Promise<Transfer> {
  const { config } = client;
  const connections = keptConnections();
  const signer = await config.signer(scheme);
  const sendsChecksums = (await config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
  const checksChecksums = (await config.responseChecksumValidation()) === "WHEN_SUPPORTED";

  const sendOnce = async ({ method, name, headers, bytes }: ObjectRequest): Promise<Reply> => {
    const url = new URL(base + name.split("/").map(escapePart).join("/"));
    const { headers: signed } = await signer.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        headers: { ...headers, host: url.host, "user-agent": "cirrus" },
        ...(bytes && { body: bytes }),
      },
      {
        signingDate: new Date(Date.now() + config.systemClockOffset),
        signingRegion: scheme.signingRegion,
        signingService: scheme.signingName,
      },
    );
    return connections.send({ method, url: url.href, headers: signed, parts: bytes ? [bytes] : [] });
  };

  const send = async (request: ObjectRequest): Promise<Reply> => {
    let reply = await sendOnce(request);
    if (isSkewed(reply) && !(await config.disableClockSkewCorrection?.())) {
      // As the SDK does: the server's clock counts from now on, for the client's own calls too.
      config.systemClockOffset = Date.parse(reply.headers.date ?? "") - Date.now();
      reply = await sendOnce(request);
    }
    const { status, headers, body } = reply;
    if (isElsewhere(reply)) throw new NeedsClient(`${status}`);
    if (status < 200 || status >= 300) throw replyError(status, body);
    // S3 may begin an answer before it knows the end.
    if (request.method === "PUT" && body.includes("</Error>")) throw replyError(503, body);
    return { status, headers, body };
  };

  return {
    upload: async (upload) => {
      const reply = await send({
        method: "PUT",
        name: upload.name,
        headers: headersOf(upload, sendsChecksums),
        bytes: upload.bytes,
      });
      return versionOf(reply.headers.etag);
    },
    download: async (name, range) => {
      const { status, headers, body } = await send({
        method: "GET",
        name,
        headers: {
          ...(range && { range: `bytes=${range.start}-${range.end}` }),
          ...(!range && checksChecksums && { "x-amz-checksum-mode": "ENABLED" }),
        },
      });
      // The checksum is the whole object's.
      if (checksChecksums && status === 200 && checkBytes(body, headers) === "unknown-kind")
        throw new NeedsClient("a checksum of another kind");
      return { bytes: body, version: versionOf(headers.etag), ...encodingOf(headers["content-encoding"]) };
    },
    close: async () => connections.close(),
  };
}

function headersOf({ bytes, options, condition, writeId }: Upload, sendsChecksums: boolean): Record<string, string> {
  return {
    "content-length": String(bytes.length),
    "content-type": contentTypeOf(options),
    ...(options.contentEncoding && { "content-encoding": options.contentEncoding }),
    ...(options.cacheControl && { "cache-control": options.cacheControl }),
    ...(condition && ("ifMatch" in condition ? { "if-match": condition.ifMatch } : { "if-none-match": "*" })),
    ...(writeId && { [`x-amz-meta-${writeIdName}`]: writeId }),
    ...(sendsChecksums && {
      "x-amz-sdk-checksum-algorithm": "CRC32",
      "x-amz-checksum-crc32": crc32Of(bytes),
    }),
  };
}

/** As signatures of version 4 want it: all but letters, digits, `-`, `.`, `_` and `~`. */
const escapePart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const isSkewed = ({ status, headers, body }: Reply): boolean =>
  status === 403 && body.includes("<Code>RequestTimeTooSkewed<") && !Number.isNaN(Date.parse(headers.date ?? ""));

/** 3xx; 400 for a signature that names the wrong region. */
const isElsewhere = ({ status, body }: Reply): boolean =>
  (status >= 300 && status < 400) || (status === 400 && body.includes("<Code>AuthorizationHeaderMalformed<"));
