/** Where the SDK would send a bucket's requests, and for whom it would sign them. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Sdk } from "./client.js";

export interface BucketEndpoint {
  /** `https://bucket.host/` or `https://host/bucket/`: an object's name comes right after it. */
  readonly url: string;
  /** Signatures of version 4, for a service in a region. */
  readonly scheme: SigningScheme;
}

type SigningScheme = NonNullable<Parameters<S3Client["config"]["signer"]>[0]>;

/**
 * Has the SDK prepare a request, and looks before it goes: the region, dual stack, FIPS, path style, another server and whatever the
 * profile says are in it.
 * @returns undefined where requests need more than a signature of version 4: directory buckets, say
 * @throws the SDK's own errors: a bucket's name that cannot be
 */
export async function endpointOfBucket(
  sdk: Sdk,
  client: S3Client,
  bucket: string,
): Promise<BucketEndpoint | undefined> {
  let found: BucketEndpoint | undefined;
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: "any" });
  command.middlewareStack.add(
    (_send, context) => async () => {
      const { endpointV2 } = context; // set by an earlier step
      const scheme = endpointV2?.properties?.authSchemes?.[0];
      if (endpointV2 && scheme?.name === "sigv4" && Object.keys(endpointV2.headers ?? {}).length === 0) {
        const { protocol, host, pathname } = endpointV2.url;
        found = { url: `${protocol}//${host}${pathname.replace(/\/*$/, "/")}`, scheme };
      }
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: "build", priority: "high", name: "cirrusLooksBeforeSending" },
  );
  await client.send(command);
  return found;
}
