/**
 * Store URLs: what people and peers write, to one printable normal form.
 *
 * Normal forms, without a trailing slash: `file:///data/volume` (percent-encoded as browsers do), `file:///C:/data/volume`,
 * `gs://bucket/prefix`, `s3://bucket/prefix` and `memory://name/prefix` (taken literally, as gsutil and cloud-volume do),
 * `https://host/prefix` and `http://host/prefix` (percent-encoded as browsers do).
 */
import { homedir } from "node:os";
import { posix, resolve, win32 } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CirrusError, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";

/** `https` stands for `http://` too: one driver reads both. */
export type Scheme = "file" | "memory" | "gs" | "s3" | "https";

/** A URL taken apart. */
export interface StoreLocation {
  /** The normal form. */
  readonly url: string;
  readonly scheme: Scheme;
  /** Bucket, or name of a memory store, or scheme, host and port of a web server; empty for files. */
  readonly bucket: string;
  /**
   * Absolute path in the machine's own spelling (files), or prefix without slashes at its ends (possibly empty; percent-encoded
   * on web servers).
   */
  readonly path: string;
}

/** One volume, as each reader wants it written. */
export interface PrintableSpellings {
  /** `precomputed://gs://bucket/prefix`: cloud-volume and Neuroglancer. */
  readonly cloudVolume: string;
  /** `gs://bucket/prefix|neuroglancer-precomputed:`. */
  readonly tensorStore: string;
  /** A path for files, else the normal form. */
  readonly plain: string;
}

const accepted =
  "accepted are a path, file:///folder, gs://bucket/prefix, s3://bucket/prefix, https://host/prefix, and any of these after precomputed:// or before |neuroglancer-precomputed:";

/**
 * @param text - a path, a URL, or a peer's spelling of one
 * @param baseFolder - what relative paths are relative to; default the current folder
 * @throws CirrusError `E_STORE_URL`, whose message says what is accepted
 */
export const normaliseUrl = (text: string, baseFolder = process.cwd()): string => locate(text, baseFolder).url;

/** As `normaliseUrl`, taken apart. */
export function locate(text: string, baseFolder = process.cwd()): StoreLocation {
  const bare = withoutFormat(text);
  if (/^[a-z]:[\\/]/i.test(bare)) return fileLocation(win32.normalize(bare));
  const scheme = /^([a-z][a-z0-9+.-]+):\/(.*)$/is.exec(bare);
  if (!scheme) return fileLocation(resolve(baseFolder, withHome(bare)));
  const [, name, rest] = scheme as unknown as [string, string, string]; // both groups are part of every match
  if (name.toLowerCase() === "file") return locateFile(bare, baseFolder);
  if (!rest.startsWith("/")) throw refused(text, `${name}: must be followed by //`);
  const lower = name.toLowerCase();
  if (lower === "gs" || lower === "s3" || lower === "memory") return locateObject(lower, rest.slice(1));
  if (lower === "https" || lower === "http") return locateWeb(bare);
  throw refused(text, `there is no driver for ${name}://`);
}

/** True when `inner` is `outer` or lies below it. Both in normal form. */
export const isWithin = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

export function printableSpellings(url: string): PrintableSpellings {
  const { scheme, path, url: normal } = locate(url);
  return {
    // cloud-volume does not decode percent signs; Neuroglancer reads no files.
    cloudVolume: `precomputed://${scheme === "file" ? rawFileUrl(path) : normal}`,
    tensorStore: `${scheme === "file" || scheme === "https" ? normal : encodeURI(normal)}|neuroglancer-precomputed:`,
    plain: scheme === "file" ? path : normal,
  };
}

/** Takes off `precomputed://` and `|neuroglancer-precomputed:`. */
function withoutFormat(text: string): string {
  const bare = text
    .trim()
    .replace(/^precomputed:\/\//i, "")
    .replace(/\|neuroglancer-precomputed:\/?$/i, "");
  if (bare === "") throw refused(text, "it is empty");
  const other =
    /\|([a-z][a-z0-9-]*):[^|]*$/i.exec(bare)?.[1] ?? /^(zarr[23]?|n5|graphene|nggraphene):\/\//i.exec(bare)?.[1];
  if (other) throw refused(text, `${other} is no format that cirrus opens`);
  if (bare.includes("\0")) throw refused(text, "it holds a NUL character");
  return bare;
}

const withHome = (path: string): string => (/^~(?:[\\/]|$)/.test(path) ? homedir() + path.slice(1) : path);

/** `file:///x`, `file:/x`, `file://localhost/x`, `file://C:/x`, and cloud-volume's `file://./x` and `file://~/x`. */
function locateFile(text: string, baseFolder: string): StoreLocation {
  const rest = text.slice("file:".length).replace(/^\/\/localhost(?=\/|$)/i, "//");
  if (/^\/\/[.~](?:[\\/]|\.[\\/]|\.?$)/.test(rest)) return fileLocation(resolve(baseFolder, withHome(rest.slice(2))));
  if (/^\/\/[^/]/.test(rest) && !/^\/\/[a-z]:[\\/]/i.test(rest)) {
    throw refused(text, "what follows file:// is a host; write file:/// and the whole path");
  }
  if (/[?#]/.test(rest)) throw refused(text, "? and # must be written as %3F and %23 in a file URL");
  const path = rest.replace(/^\/*/, "/").replaceAll("\\", "/");
  const isDrive = /^\/[a-z]:(?:\/|$)/i.test(path);
  try {
    return fileLocation(fileURLToPath(`file://${path}`, { windows: isDrive || process.platform === "win32" }));
  } catch (error) {
    throw refused(text, `it cannot be decoded (${messageOf(error)}); a plain path needs no percent signs`);
  }
}

function fileLocation(absolute: string): StoreLocation {
  const windows = /^[a-z]:\\/i.test(absolute) || process.platform === "win32";
  const path = (windows ? win32 : posix).normalize(absolute).replace(windows ? /[\\/]+$/ : /\/+$/, "");
  if (path === "" || /^[a-z]:$/i.test(path)) throw refused(absolute, "a whole disk cannot be a store");
  return { url: pathToFileURL(path, { windows }).href, scheme: "file", bucket: "", path };
}

const rawFileUrl = (path: string): string => `file://${path.replaceAll("\\", "/").replace(/^\/?/, "/")}`;

const bucketRules = {
  gs: { names: /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, says: "a bucket name has 3 or more of a-z, 0-9, - _ and ." },
  s3: { names: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, says: "a bucket name has 3 to 63 of a-z, 0-9, - and ." },
  memory: { names: /^[\w.-]+$/, says: "a memory store's name has letters, digits, - _ and ." },
};

function locateObject(scheme: keyof typeof bucketRules, rest: string): StoreLocation {
  const [bucket = "", ...parts] = rest.replace(/\/+$/, "").split("/");
  const text = `${scheme}://${rest}`;
  if (!bucketRules[scheme].names.test(bucket)) throw refused(text, bucketRules[scheme].says);
  if (parts.some((part) => /^\.{0,2}$/.test(part))) throw refused(text, "a part is empty, . or ..");
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\\?#|\u0000-\u001f]/.test(rest)) throw refused(text, "\\ ? # | and control characters are not allowed");
  const path = parts.join("/");
  return { url: path ? `${scheme}://${bucket}/${path}` : `${scheme}://${bucket}`, scheme, bucket, path };
}

function locateWeb(text: string): StoreLocation {
  if (!URL.canParse(text)) throw refused(text, "it is no URL");
  const { origin, pathname, search, hash, username, password } = new URL(text);
  if (username || password) throw refused(text, "user and password in a URL end up in logs and records");
  if (search || hash) throw refused(text, "? and # must be written as %3F and %23");
  const path = pathname.replace(/^\/|\/+$/g, "");
  if (/^\/|\/\/|\|/.test(path)) throw refused(text, "a part is empty, or holds |");
  return { url: path ? `${origin}/${path}` : origin, scheme: "https", bucket: origin, path };
}

const refused = (text: string, why: string): CirrusError =>
  new CirrusError("E_STORE_URL", `cannot use ${JSON.stringify(redact(text))} as a store: ${why}; ${accepted}`);
