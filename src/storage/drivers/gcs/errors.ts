/** Errors of Google Cloud Storage, as errors of a store that say what to do. */
import { CirrusError, codeOf, isCirrusError, messageOf } from "../../../core/errors.js";
import { redact } from "../../../core/redact.js";
import { statusOf } from "../../retry.js";

export type Operation = "put" | "get" | "list" | "delete";

/** The permission that an operation needs, where Google's answer does not name it. */
const permissions: Readonly<Record<Operation, string>> = {
  put: "storage.objects.create (and storage.objects.delete to overwrite)",
  get: "storage.objects.get",
  list: "storage.objects.list",
  delete: "storage.objects.delete",
};

/**
 * @param url - object or prefix, for the message
 * @returns what to throw: a CirrusError where the cause can be named, else the error itself
 */
export function storeError(error: unknown, operation: Operation, url: string): unknown {
  if (isCirrusError(error)) return error;
  const status = statusOf(error);
  const said = wordsOf(error);
  const details = { cause: error, context: { url, status: status ?? codeOf(error) } };
  if (badCredentials.test(said)) return credentialsError(error);
  if (status === 401)
    return new CirrusError("E_STORE_DENIED", `${operation} of ${url}: not signed in (401: ${said})`, {
      ...details,
      hint: signIn,
    });
  if (status === 403) {
    const permission = /storage\.[a-z]+\.[a-zA-Z]+/.exec(said)?.[0] ?? permissions[operation];
    return new CirrusError(
      "E_STORE_DENIED",
      `${operation} of ${url}: the permission ${permission} is missing (403: ${said})`,
      details,
    );
  }
  if (status === 404) {
    const code = operation === "put" ? "E_DESTINATION_UNWRITABLE" : "E_VOLUME_NOT_FOUND";
    return new CirrusError(code, `${operation} of ${url}: there is no such bucket (404)`, {
      ...details,
      hint: "create the bucket first, or check its name",
    });
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new CirrusError(
      "E_DESTINATION_UNWRITABLE",
      `${operation} of ${url} is refused (${status}: ${said})`,
      details,
    );
  }
  return error;
}

const badCredentials =
  /could not refresh access token|invalid_grant|invalid_client|unauthorized_client|client_email|private_key|key must be a string|no such file/i;

/** For credentials that are there, but give no token. */
export const credentialsError = (error: unknown): CirrusError =>
  new CirrusError("E_STORE_DENIED", `the credentials for Google Cloud do not work (${wordsOf(error)})`, {
    cause: error,
    hint: signIn,
  });

/** One line, without secrets. */
const wordsOf = (error: unknown): string => redact(messageOf(error)).replace(/\s+/g, " ").slice(0, 300);

const signIn =
  "run `gcloud auth application-default login`, or name a service account's key file in GOOGLE_APPLICATION_CREDENTIALS";
