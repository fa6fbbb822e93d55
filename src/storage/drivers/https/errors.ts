/** Errors of web servers, as errors of a store that say what to do. */
import { CirrusError, codeOf, isCirrusError, messageOf } from "../../../core/errors.js";
import { redact } from "../../../core/redact.js";
import { tokenAdvice } from "../../authorization.js";
import { statusOf } from "../../retry.js";

/** A name that the name server does not know is a typing error, which no other try mends. */
export function refuseUnknownHost(error: unknown): never {
  if (codeOf(error) !== "ENOTFOUND") throw error;
  throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no such server (${redact(messageOf(error))})`, {
    cause: error,
    hint: "check the host in the URL",
  });
}

/** @returns what to throw: a CirrusError where the cause can be named, else the error itself */
export function webError(error: unknown, url: string): unknown {
  if (isCirrusError(error)) return error;
  const status = statusOf(error);
  const details = { cause: error, context: { url, status: status ?? codeOf(error) } };
  if (status === 401 || status === 403)
    return new CirrusError("E_STORE_DENIED", `get of ${url}: the server refuses it (${status})`, {
      ...details,
      hint: `use the address of the folder or bucket itself; ${tokenAdvice}`,
    });
  if (status !== undefined)
    return new CirrusError("E_VOLUME_NOT_FOUND", `get of ${url} is refused (HTTP ${status})`, details);
  if (/^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(codeOf(error) ?? ""))
    return new CirrusError(
      "E_STORE_DENIED",
      `get of ${url}: the server's certificate is not trusted (${redact(messageOf(error))})`,
      { ...details, hint: "name the certificate authority's file in NODE_EXTRA_CA_CERTS" },
    );
  return error;
}
