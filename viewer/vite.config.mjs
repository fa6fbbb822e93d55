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
  plugins: [showWorkersToVite()],
  worker: { format: "es", plugins: () => [showWorkersToVite()] },
  build: {
    assetsInlineLimit: 0,
    sourcemap: false,
    emptyOutDir: true,
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
  },
}));
