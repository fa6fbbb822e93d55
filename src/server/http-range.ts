/** `Range` and the validators of a request. Pure. @see RFC 9110, 13 and 14 */

/** Bytes of an object, half-open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * @returns undefined for what is answered as if there were no Range: several ranges, other units, nonsense; "unsatisfiable" for a
 * range behind the end
 */
export function spanOf(header: string | undefined, sizeBytes: number): Span | "unsatisfiable" | undefined {
  const found = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "");
  if (!found) return undefined;
  const [, first = "", last = ""] = found;
  if (first === "") {
    if (last === "") return undefined;
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? "unsatisfiable" : { from: sizeBytes - length, to: sizeBytes };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return undefined;
  if (from >= sizeBytes) return "unsatisfiable";
  return { from, to: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** True when `If-Match` or `If-None-Match` names this ETag, or `*`. Weak tags count as strong ones: proxies weaken ours, which are strong. */
export function isMatch(header: string, etag: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, "");
  return header.split(",").some((tag) => bare(tag) === "*" || bare(tag) === bare(etag));
}

/** True when the client takes this Content-Encoding. */
export function accepts(header: string | undefined, coding: string): boolean {
  return (header ?? "").split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    if (name !== coding && !(coding === "gzip" && name === "x-gzip")) return false;
    return !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
