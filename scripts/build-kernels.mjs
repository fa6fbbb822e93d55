// Compiles kernels/ to dist/kernels/kernels.wasm with AssemblyScript; does nothing when the binary is newer than its sources.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "kernels");
const binary = join(root, "dist/kernels/kernels.wasm");
const changedMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const sources = [...readdirSync(folder).map((name) => join(folder, name)), fileURLToPath(import.meta.url)];
if (changedMs(binary) < Math.max(...sources.map(changedMs))) {
  mkdirSync(join(root, "dist/kernels"), { recursive: true });
  const { default: asc } = await import("assemblyscript/asc");
  const options = ["-O3", "--enable", "simd", "--runtime", "stub", "--noAssert"];
  const { error, stderr } = await asc.main([
    "kernels/index.ts",
    "--baseDir",
    root,
    ...options,
    "--outFile",
    "dist/kernels/kernels.wasm",
  ]);
  if (error) {
    process.stderr.write(`${stderr?.toString() ?? ""}${error.message}\n`);
    process.exit(1);
  }
}
