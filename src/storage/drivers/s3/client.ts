/**
 * Makes the client of Amazon S3, and of servers that speak its protocol: where it sends, and who it says it is. Region, profile
 * and credentials come from the SDK's own chain: variables, `~/.aws`, single sign-on, web identity, the machine's role.
 */
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { CirrusError, codeOf, messageOf } from "../../../core/errors.js";
import { mostConnections, requestTimeoutMs } from "../../connections.js";
import { credentialsError } from "./errors.js";

export type Sdk = typeof import("@aws-sdk/client-s3");

/** @throws CirrusError `E_STORE_CLIENT` where the optional package is not installed */
export async function loadSdk(): Promise<Sdk> {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (cause) {
    if (codeOf(cause) !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new CirrusError("E_STORE_CLIENT", "s3:// needs the package @aws-sdk/client-s3, which is not installed", {
      cause,
    });
  }
}

export interface Connection {
  readonly client: S3Client;
  /** No credentials were found anywhere: requests go unsigned, which suffices for public buckets. */
  readonly isAnonymous: boolean;
}

/** @throws CirrusError `E_STORE_DENIED` for credentials that are there, but do not work */
export async function connect(
  sdk: Sdk,
  given: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Connection> {
  const endpoint = endpointOf(given, environment);
  const agent = { keepAlive: true, maxSockets: mostConnections };
  const config: S3ClientConfig = {
    ...(endpoint && { endpoint, forcePathStyle: true }), // other servers' certificates and names know no bucket
    ...(await regionOf(sdk, environment)),
    followRegionRedirects: true,
    maxAttempts: 1, // retry.ts does it, for every call alike
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      connectionTimeout: 10_000,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
  const client = quietly(() => new sdk.S3Client(config));
  try {
    await client.config.credentials();
    return { client, isAnonymous: false };
  } catch (error) {
    client.destroy();
    if (!/could not load credentials from any providers/i.test(messageOf(error))) throw credentialsError(error);
    // A profile that was asked for by name must not be passed over in silence.
    const profile = environment["AWS_PROFILE"];
    if (profile) throw credentialsError(new Error(`the profile ${profile} gives none`));
  }
  const credentials = { accessKeyId: "", secretAccessKey: "" };
  const anonymous = new sdk.S3Client({ ...config, credentials, signer: { sign: async (request) => request } });
  return { client: anonymous, isAnonymous: true };
}

/**
 * `given`, else `CIRRUS_S3_ENDPOINT`, else the variables that Amazon's own tools know; undefined: Amazon's, or what the profile
 * says.
 */
export function endpointOf(given: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const own = given || environment["CIRRUS_S3_ENDPOINT"];
  if (own) return own;
  if (/^true$/i.test(environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ?? "")) return undefined;
  return environment["AWS_ENDPOINT_URL_S3"] || environment["AWS_ENDPOINT_URL"] || undefined;
}

/** The SDK for JavaScript alone does not know AWS_DEFAULT_REGION, and refuses to start without a region. */
async function regionOf(sdk: Sdk, environment: NodeJS.ProcessEnv): Promise<Pick<S3ClientConfig, "region">> {
  if (environment["AWS_REGION"]) return {};
  const region = environment["AWS_DEFAULT_REGION"];
  if (region) return { region };
  const client = quietly(() => new sdk.S3Client({}));
  try {
    await client.config.region(); // of the profile
    return {};
  } catch {
    return { region: "us-east-1" }; // answers for every bucket, with the region to go to
  } finally {
    client.destroy();
  }
}

/** The SDK (3.1169.0) warns on Node 20 that later versions will not run there; our version is pinned. */
function quietly<Result>(make: () => Result): Result {
  const name = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";
  const kept = process.env[name];
  process.env[name] = "true";
  try {
    return make();
  } finally {
    if (kept === undefined) delete process.env[name];
    else process.env[name] = kept;
  }
}
