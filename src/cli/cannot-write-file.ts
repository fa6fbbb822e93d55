/** A file of `--out` that cannot be written, in words. */
import { CirrusError, codeOf, messageOf } from "../core/errors.js";

const permissions: Readonly<Record<string, string>> = {
  EACCES: "this account may not write there",
  EPERM: "this account may not write there",
  EROFS: "the file system is read-only",
};

/** `E_STORE_DENIED` where the permission is missing, else `E_USAGE`. */
export function cannotWriteFile(file: string, cause: unknown): CirrusError {
  const denied = permissions[codeOf(cause) ?? ""];
  return new CirrusError(
    denied === undefined ? "E_USAGE" : "E_STORE_DENIED",
    `cannot write ${file}: ${denied ?? messageOf(cause)}`,
    { cause, context: { file }, hint: "choose another --out" },
  );
}
