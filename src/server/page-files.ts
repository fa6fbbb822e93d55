/** The built Neuroglancer page, from the package's dist/viewer. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { CirrusError, codeOf } from "../core/errors.js";
import { accepts } from "./http-range.js";
import { plainText } from "./surfaces/objects.js";

const folder = fileURLToPath(new URL("../viewer/", import.meta.url));

/** What the page may do: run its own scripts and wasm, and read from this server. Nothing leaves the machine. */
export const viewerPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
};

/** @throws CirrusError `E_VIEWER_MISSING` when the page was not built */
export async function requireViewer(): Promise<ReadonlySet<string>> {
  try {
    const names = await readdir(folder, { recursive: true });
    const files = new Set(names.map((name) => name.replaceAll("\\", "/")));
    if (files.has("index.html")) return files;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  throw new CirrusError("E_VIEWER_MISSING", `the viewer's page is not built: there is no ${folder}index.html`);
}

/** @param name - path in the page's folder, `index.html` when empty */
export async function answerPage(name: string, acceptEncoding: string | undefined): Promise<Response> {
  const files = await requireViewer();
  const path = name || "index.html";
  const type = types[path.split(".").at(-1) ?? ""];
  const isPacked = files.has(`${path}.gz`);
  if (type === undefined || !(isPacked || files.has(path))) return plainText(404, "there is no such page");
  const isTaken = isPacked && accepts(acceptEncoding, "gzip");
  const bytes = await readFile(folder + path + (isPacked ? ".gz" : ""));
  return new Response(isPacked && !isTaken ? gunzipSync(bytes) : bytes, {
    headers: {
      "content-type": type,
      "content-security-policy": viewerPolicy,
      "cross-origin-opener-policy": "same-origin",
      // Names of assets hold a digest of what is in them.
      "cache-control": path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "accept-encoding",
      ...(isTaken && { "content-encoding": "gzip" }),
    },
  });
}
