/** Objects' bytes by Amazon's client: slower, but it knows every kind of bucket, and goes after redirects to other regions. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Sdk } from "./client.js";
import { contentTypeOf, encodingOf, versionOf, writeIdName, type Transfer } from "./transfer.js";

export const clientTransfer = (sdk: Sdk, client: S3Client, bucket: string): Transfer => ({
  upload: async ({ name, bytes, options, condition, writeId }) => {
    const reply = await client.send(
      new sdk.PutObjectCommand({
        Bucket: bucket,
        Key: name,
        Body: bytes,
        ContentType: contentTypeOf(options),
        ...(options.contentEncoding && { ContentEncoding: options.contentEncoding }),
        ...(options.cacheControl && { CacheControl: options.cacheControl }),
        ...(condition &&
          ("ifMatch" in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: condition.ifNoneMatch })),
        ...(writeId && { Metadata: { [writeIdName]: writeId } }),
      }),
    );
    return versionOf(reply.ETag);
  },
  download: async (name, range) => {
    const reply = await client.send(
      new sdk.GetObjectCommand({
        Bucket: bucket,
        Key: name,
        ...(range && { Range: `bytes=${range.start}-${range.end}` }),
      }),
    );
    const bytes = (await reply.Body?.transformToByteArray()) ?? new Uint8Array(0);
    return { bytes, version: versionOf(reply.ETag), ...encodingOf(reply.ContentEncoding) };
  },
  close: async () => {},
});
