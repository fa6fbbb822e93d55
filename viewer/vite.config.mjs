// The page that `cirrus view` opens: Neuroglancer with the data sources that cirrus serves, as static files without a server of its own.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Those of Neuroglancer's data sources that a volume of ours, now or later, is read by; the others bring log-in pages along. */
const dataSources = ["precomputed", "zarr", "n5", "dvid"];

/**
 * Neuroglancer names its workers for webpack by a comment inside of `new Worker(new URL(...))`. Vite does not see through it: it would
 * build without an error, and the page would find no workers. Can go when Vite's pattern allows comments.
 */
const showWorkersToVite = () => ({
  name: "show-workers-to-vite",
  enforce: "pre",
  transform(code, id) {
    if (!id.includes("/neuroglancer/lib/") || !code.includes("webpackChunkName")) return null;
    return { code: code.replace(/\/\*\s*webpackChunkName:[^*]*\*\//g, ""), map: null };
  },
});

const packBits = `function writeEncodedRepresentation(outputData, outputOffset, encodingBuffer, indexBuffer, encodedBits, encodedSize32Bits) {
  const perWord = encodedBits === 0 ? 0 : 32 / encodedBits;
  for (let wordIndex = 0, elementIndex = 0; wordIndex < encodedSize32Bits; ++wordIndex) {
    let word = 0;
    for (let element = 0; element < perWord; ++element)
      word |= indexBuffer[encodingBuffer[elementIndex++]] << (element * encodedBits);
    outputData[outputOffset + wordIndex] = word;
  }
}`;

/**
 * Neuroglancer writes one function of its worker as text and compiles it when the worker loads. A page that may not evaluate text
 * loses that worker with it, and with the worker labels and png. The same function, written out.
 */
const writeOutFunctions = () => ({
  name: "write-out-functions",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/neuroglancer/lib/sliceview/compressed_segmentation/encode_common.js")) return null;
    const written = code.replace(/const writeEncodedRepresentation = new Function\([\s\S]*?\n\);/, packBits);
    if (written === code || written.includes("new Function")) this.error("encode_common.js is not as it was known");
    return { code: written, map: null };
  },
});

const changes = () => [showWorkersToVite(), writeOutFunctions()];

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "",
  logLevel: "warn",
  resolve: {
    conditions: [
      "neuroglancer/datasource:none_by_default",
      ...dataSources.map((name) => `neuroglancer/datasource/${name}:enabled`),
      "module",
      "browser",
      mode === "development" ? "development" : "production",
    ],
  },
  plugins: changes(),
  worker: { format: "es", plugins: changes },
  build: {
    assetsInlineLimit: 0,
    sourcemap: false,
    emptyOutDir: true,
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
}));
