/** Makes the client of Google Cloud Storage: where it sends, and who it says it is. */
import { Storage, type Bucket } from "@google-cloud/storage";
import { requestTimeoutMs } from "../../connections.js";

/** @param options - an endpoint as `endpointOf` gives it, and the path of a key file; without one, default credentials */
export function openBucket(
  name: string,
  { endpoint, keyFile }: { readonly endpoint: string | undefined; readonly keyFile: string | undefined },
): Bucket {
  const client = withoutEmulatorVariable(
    () =>
      new Storage({
        ...(endpoint && { apiEndpoint: endpoint }),
        ...(endpoint && { useAuthWithCustomEndpoint: wantsCredentials(endpoint) }),
        ...(keyFile && { keyFilename: keyFile }),
        timeout: requestTimeoutMs,
        retryOptions: { autoRetry: false, maxRetries: 0 }, // retry.ts does it, for every call alike
      }),
  );
  return client.bucket(name);
}

/**
 * `given`, else `CIRRUS_GCS_ENDPOINT`, else `STORAGE_EMULATOR_HOST`, as `http(s)://host:port`; undefined: Google's own.
 * The usual variable comes with and without scheme, and with or without `/storage/v1`.
 */
export function endpointOf(given: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const found = given || environment["CIRRUS_GCS_ENDPOINT"] || environment["STORAGE_EMULATOR_HOST"];
  if (!found) return undefined;
  const url = /^https?:\/\//i.test(found) ? found : `http://${found}`;
  return url.replace(/\/+$/, "").replace(/\/storage\/v1$/, "");
}

/** Google's private endpoints do. A fake has nothing to check, and credentials never travel without TLS. */
export const wantsCredentials = (endpoint: string): boolean =>
  /^https:/i.test(endpoint) && !/^https:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?:\/|$)/i.test(endpoint);

/**
 * The client (7.22.0) takes STORAGE_EMULATOR_HOST as the base of its metadata calls, without `/storage/v1`, whatever endpoint it is
 * given, and answers 404 then. It reads the variable only while it is made.
 */
function withoutEmulatorVariable<Result>(make: () => Result): Result {
  const kept = process.env["STORAGE_EMULATOR_HOST"];
  if (kept === undefined) return make();
  delete process.env["STORAGE_EMULATOR_HOST"];
  try {
    return make();
  } finally {
    process.env["STORAGE_EMULATOR_HOST"] = kept;
  }
}
