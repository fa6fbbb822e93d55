/** Errors of Amazon S3, as errors of a store that say what to do. */
import { CirrusError, codeOf, isCirrusError, messageOf } from "../../../core/errors.js";
import { redact } from "../../../core/redact.js";
import { statusOf } from "../../retry.js";

export type Operation = "put" | "get" | "list" | "delete";

/** The permission that an operation needs. */
const permissions: Readonly<Record<Operation, string>> = {
  put: "s3:PutObject",
  get: "s3:GetObject (and s3:ListBucket, without which S3 answers so for objects that are not there)",
  list: "s3:ListBucket",
  delete: "s3:DeleteObject",
};

/** An error of the SDK with its HTTP status in `status`, where retry.ts looks, and S3's own word for it as `name`. */
export function plainError(error: unknown): unknown {
  if (isCirrusError(error) || typeof error !== "object" || error === null) return error;
  const name = "name" in error ? String(error.name) : "Error";
  const status = httpStatusOf(error);
  const code =
    codes[name] ?? (messageOf(error).startsWith("Checksum mismatch") ? codes["ChecksumMismatch"] : codeOf(error));
  return Object.assign(new Error(wordsOf(error), { cause: error }), {
    name,
    ...(status !== undefined && { status: name === "RequestTimeout" ? 408 : status }),
    ...(status === undefined && code !== undefined && { code }),
  });
}

/** What retry.ts tries again, where the SDK has only a name for it. */
const codes: Readonly<Record<string, string>> = {
  TimeoutError: "ETIMEDOUT",
  ChecksumMismatch: "CONTENT_DOWNLOAD_MISMATCH",
};

function httpStatusOf(error: object): number | undefined {
  const found =
    memberOf(memberOf(error, "$metadata"), "httpStatusCode") ?? memberOf(memberOf(error, "$response"), "statusCode");
  // A reply that was fine at first, but did not come whole or could not be read, has no status to speak of.
  return typeof found === "number" && found >= 300 ? found : undefined;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** An answer to a request of our own, in the form of the SDK's errors. Only the words for people: the rest may repeat what was signed. */
export function replyError(status: number, body: Buffer): Error {
  const text = body.toString("utf8", 0, 8000);
  const name = /<Code>([\w.]+)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const error = new Error(message === undefined ? `HTTP ${status}` : unescapeXml(message));
  return Object.assign(error, { ...(name && { name }), $metadata: { httpStatusCode: status } });
}

const unescapeXml = (text: string): string =>
  text.replace(/&(lt|gt|quot|apos|amp|#39|#34);/g, (_, entity: string) => entities[entity] ?? "");

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
  "#39": "'",
  "#34": '"',
};

/** S3's own word: `NoSuchKey`, `SlowDown`. */
export const nameOf = (error: unknown): string => String(memberOf(error, "name") ?? "");

/**
 * @param error - as `plainError` gives it
 * @param url - object or prefix, for the message
 * @returns what to throw: a CirrusError where the cause can be named, else the error itself
 */
export function storeError(error: unknown, operation: Operation, { url, isAnonymous }: Asked): unknown {
  if (isCirrusError(error)) return error;
  const status = statusOf(error);
  const name = nameOf(error);
  const said = wordsOf(error);
  const details = { cause: error, context: { url, status: status ?? codeOf(error) } };
  const what = `${operation} of ${url}`;
  if (isAnonymous && (status === 401 || status === 403))
    return new CirrusError(
      "E_STORE_DENIED",
      `${what}: no AWS credentials were found, and none is not enough (${status})`,
      {
        ...details,
        hint: signIn,
      },
    );
  if (badCredentials.test(name)) return credentialsError(error);
  if (name === "RequestTimeTooSkewed")
    return new CirrusError("E_STORE_DENIED", `${what}: this machine's clock is wrong (${said})`, {
      ...details,
      hint: "set the clock",
    });
  if (status === 401 || status === 403)
    return new CirrusError(
      "E_STORE_DENIED",
      `${what}: the permission ${permissions[operation]} is missing (${status}: ${said})`,
      details,
    );
  if (name === "NoSuchBucket" || status === 404) {
    const code = operation === "put" ? "E_DESTINATION_UNWRITABLE" : "E_VOLUME_NOT_FOUND";
    return new CirrusError(code, `${what}: there is no such bucket (404)`, {
      ...details,
      hint: "create the bucket first, or check its name",
    });
  }
  if (status !== undefined && status >= 300 && status < 500)
    return new CirrusError("E_DESTINATION_UNWRITABLE", `${what} is refused (${status}: ${said})`, details);
  return error;
}

export interface Asked {
  readonly url: string;
  readonly isAnonymous: boolean;
}

const badCredentials =
  /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|CredentialsProviderError)$/;

/** For credentials that are there, but do not work. */
export const credentialsError = (error: unknown): CirrusError =>
  new CirrusError("E_STORE_DENIED", `the AWS credentials do not work (${wordsOf(error)})`, {
    cause: error,
    hint: signIn,
  });

/** One line, without secrets. */
function wordsOf(error: unknown): string {
  const name = nameOf(error);
  const said = redact(messageOf(error)).replace(/\s+/g, " ").slice(0, 300);
  return /^(Error|\d*)$/.test(name) || said.startsWith(name) ? said : `${name}: ${said}`;
}

const signIn =
  "run `aws configure` or `aws sso login`, name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
