/** The one policy of trying again: temporary errors of remote stores, with growing and random pauses, up to a deadline. */
import pRetry from "p-retry";
import { codeOf, CirrusError, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";

/** Long enough for a bucket to scale up to a job's rate; the engine gives the task another try after that. */
export const defaultDeadlineMs = 120_000;

export interface RetryOptions {
  /** For the message: `put of gs://bucket/key`. */
  readonly what: string;
  readonly deadlineMs?: number | undefined;
  /** Pause before the second try, doubled for each further one, times a random 1 to 2; at most 16 s. */
  readonly firstPauseMs?: number;
}

/**
 * @param act - given the number of the try, from 1; must bear being repeated
 * @throws CirrusError `E_STORE_TEMPORARY` when temporary errors lasted up to the deadline; any other error of `act` at once
 */
export async function withRetry<Result>(
  act: (tryNumber: number) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  const { what, deadlineMs = defaultDeadlineMs, firstPauseMs = 250 } = options;
  const startedAt = performance.now();
  try {
    return await pRetry((tryNumber) => act(tryNumber).catch(sort), {
      retries: Infinity,
      maxRetryTime: deadlineMs,
      minTimeout: firstPauseMs,
      maxTimeout: 16_000,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof TemporaryError,
    });
  } catch (error) {
    if (error instanceof PermanentError) throw error.cause;
    if (!(error instanceof TemporaryError)) throw error;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const why = redact(messageOf(error.cause)).slice(0, 300);
    throw new CirrusError("E_STORE_TEMPORARY", `${what} still fails after ${seconds} s: ${why}`, {
      cause: error.cause,
      context: { status: statusOf(error.cause) ?? codeOf(error.cause) },
    });
  }
}

/** True for what may go away by itself: 408, 429, 5xx, and connections that break, are refused or time out. */
export function isTemporary(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status === 408 || status === 429 || status >= 500 || isRateLimit(error);
  if (temporaryCodes.has(codeOf(error) ?? "")) return true;
  // fetch hides the socket's error in `cause`; node-fetch gives some only as text.
  if (typeof error === "object" && error !== null && "cause" in error && error.cause && error.cause !== error) {
    return isTemporary(error.cause);
  }
  return /socket hang up|premature close|network timeout|ECONNRESET|EPIPE/i.test(messageOf(error));
}

const temporaryCodes = new Set(
  `ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT ESOCKETTIMEDOUT EAI_AGAIN ENOTFOUND ENETUNREACH EHOSTUNREACH ENETDOWN
   ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT
   CONTENT_DOWNLOAD_MISMATCH FILE_NO_UPLOAD`.split(/\s+/),
);

/** The HTTP status of an error of a client library: a number in `code` or `status`. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const found = ["code" in error ? error.code : undefined, "status" in error ? error.status : undefined].find(
    (value) => typeof value === "number" || (typeof value === "string" && /^[1-5]\d\d$/.test(value)),
  );
  return found === undefined ? undefined : Number(found);
}

/** Google answers 403 also for "slower, please". */
const isRateLimit = (error: unknown): boolean =>
  statusOf(error) === 403 && /rateLimitExceeded|rate limit/i.test(`${JSON.stringify(error)} ${messageOf(error)}`);

/** Own classes, because p-retry tells errors by their class, which fails for those of other realms. */
class TemporaryError extends Error {}
class PermanentError extends Error {}

function sort(error: unknown): never {
  throw new (isTemporary(error) ? TemporaryError : PermanentError)(messageOf(error), { cause: error });
}
