// Holds the tree to ARCHITECTURE.md: who may import whom, which folders stay pure, where each outside library lives.
// Reads the sources with the TypeScript parser; a rule that fails names the files.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A file may import from its own folder and from folders of a lower rank. The longest name that fits a path is its folder. */
const ranks = new Map([
  ["src/core/", 0],
  ["src/kernels/", 0],
  ["src/geometry/", 1],
  ["src/formats/", 2],
  ["src/provenance/model/", 2],
  ["src/storage/", 3],
  ["src/state/", 3],
  ["src/provenance/", 4],
  ["src/tiles/", 4],
  ["src/jobs/", 4],
  ["src/volume/", 5],
  ["src/engine/", 5],
  ["src/ingest/", 7],
  ["src/verify/", 7],
  ["src/library/", 8],
  ["src/server/", 8],
  ["src/cli/", 9],
  ["src/index.ts", 10],
  ["src/plugin.ts", 10],
]);

/** No node:*, no clock, no randomness: the same arguments always give the same result. Encodings may use codecs. */
const pure = /^src\/(core|geometry|formats|provenance\/model)\/(?!.*encodings\/)/;

/** Files that run when they are imported: the entry points of the three kinds of process. */
const entryPoints = ["src/cli/main.ts", "src/cli/worker.ts", "src/state/store-process.ts"];

/** Where each outside library may be imported. A dependency that is not here, or that nobody imports, fails. */
const homes: Record<string, RegExp> = {
  "@aws-sdk/client-s3": /^src\/storage\/drivers\//,
  "@hono/node-server": /^src\/server\//,
  "@commander-js/extra-typings": /^src\/cli\//,
  "@electric-sql/pglite": /^src\/state\//,
  "@google-cloud/storage": /^src\/storage\/drivers\//,
  "@julusian/jpeg-turbo": /^src\/(formats\/.*encodings|tiles|cli)\//,
  "@node-rs/crc32": /^src\/kernels\//,
  "@viz-js/viz": /^src\/provenance\//,
  commander: /^src\/cli\//,
  cosmiconfig: /^src\/cli\//,
  "env-paths": /^src\/(cli|state)\//,
  h5wasm: /^plugins\/hdf5\//,
  execa: /^src\/(provenance\/capture|engine)\//,
  "fs-native-extensions": /^src\/(state|storage\/drivers)\//,
  hono: /^src\/server\//,
  ini: /^src\/(cli|provenance|storage)\//,
  "lossless-json": /^src\/core\/json\//,
  "p-limit": /^src\//,
  "p-retry": /^src\/storage\//,
  pg: /^src\/state\//,
  "pg-boss": /^src\/jobs\//,
  picocolors: /^src\/cli\//,
  pino: /^src\/(engine|cli)\//,
  sharp: /^(src\/(formats\/.*encodings|tiles|cli)|plugins)\//,
  "smol-toml": /^src\/provenance\//,
  "sql.js": /^plugins\/index-file\//,
  tinyglobby: /^(src\/tiles|plugins)\//,
  yaml: /^src\/core\/json\//,
  zarrita: /^(plugins\/volume|src\/volume)\//,
  zod: /^(src|plugins)\//,
};

/** Calls that are allowed in few places, because they hand out a right. */
const guarded = new Map([
  ["mintTicket", /^src\/(core\/write-ticket|provenance\/admit)\.ts$/],
  ["openRecordStore", /^src\/(storage|provenance)\//],
]);

interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly tree: ts.SourceFile;
  readonly imports: readonly string[];
}

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

function readSources(folder: string): SourceFile[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) =>
    name.replaceAll("\\", "/"),
  );
  return names
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => {
      const path = `${folder}/${name}`;
      const text = readFileSync(join(root, path), "utf8");
      const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
      const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      return { path, imports, tree, lines: text.trimEnd().split("\n").length };
    });
}

const sources = readSources("src");
const plugins = readSources("plugins");
const code = [...sources, ...plugins];

const folderOf = (path: string): string | undefined =>
  [...ranks.keys()].filter((name) => path.startsWith(name)).sort((a, b) => b.length - a.length)[0];

/** Paths of the files of ours that `file` imports. */
const neighbours = (file: SourceFile): string[] =>
  file.imports
    .filter((name) => name.startsWith("."))
    .map((name) => posix.join(posix.dirname(file.path), name).replace(/\.js$/, ".ts"));

/** Names of npm packages that `file` imports. */
const packages = (file: SourceFile): string[] =>
  file.imports
    .filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !name.startsWith("cirrus/"))
    .map((name) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    );

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

const none = (found: readonly string[]): void => assert.deepEqual(found, []);

describe("architecture", () => {
  it("puts every file into a folder with a rank", () => {
    none(sources.filter(({ path }) => !folderOf(path)).map(({ path }) => path));
  });

  it("imports only from the own folder or a lower rank", () => {
    const wrong = sources.flatMap((file) => {
      const own = folderOf(file.path)!;
      return neighbours(file)
        .filter((other) => folderOf(other) !== own && !(ranks.get(folderOf(other) ?? "")! < ranks.get(own)!))
        .map((other) => `${file.path} -> ${other}`);
    });
    none(wrong);
  });

  it("lets plugins import only cirrus/plugin, npm packages, node and their own files", () => {
    const wrong = plugins.flatMap((file) => [
      ...file.imports
        .filter((name) => name.startsWith("cirrus") && name !== "cirrus/plugin")
        .map((name) => `${file.path} -> ${name}`),
      ...neighbours(file)
        .filter((other) => other.split("/")[1] !== file.path.split("/")[1])
        .map((other) => `${file.path} -> ${other}`),
    ]);
    none(wrong);
  });

  it("has no import cycle", () => {
    const graph = new Map(code.map((file) => [file.path, neighbours(file)]));
    const settled = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      assert.ok(!trail.includes(path), `import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
      if (settled.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      settled.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
  });

  it("keeps pure folders free of node modules, clocks, randomness and globals", () => {
    const impure = /^(Date\.now|Math\.random|new Date\(\)|process\.\w+|performance\.now|console\.\w+|globalThis\.\w+)$/;
    const wrong = sources
      .filter(({ path }) => pure.test(path))
      .flatMap((file) => [
        ...file.imports.filter((name) => name.startsWith("node:")).map((name) => `${file.path} imports ${name}`),
        ...[...nodesOf(file.tree)]
          .filter((node) => ts.isPropertyAccessExpression(node) || ts.isNewExpression(node))
          .map((node) => node.getText())
          .filter((text) => impure.test(text))
          .map((text) => `${file.path} uses ${text}`),
      ]);
    none(wrong);
  });

  it("runs nothing at import, but for the entry points", () => {
    const wrong = code
      .filter(({ path }) => !entryPoints.includes(path))
      .flatMap((file) =>
        file.tree.statements
          .filter(
            (node) =>
              ts.isExpressionStatement(node) ||
              ts.isIfStatement(node) ||
              ts.isIterationStatement(node, false) ||
              ts.isTryStatement(node),
          )
          .map((node) => `${file.path}: ${node.getText().split("\n")[0]}`),
      );
    none(wrong);
  });

  it("hands out write tickets and record stores in one place each", () => {
    const wrong = code.flatMap((file) =>
      [...nodesOf(file.tree)]
        .filter((node) => ts.isIdentifier(node) && guarded.get(node.text)?.test(file.path) === false)
        .map((node) => `${file.path} uses ${node.getText()}`),
    );
    none([...new Set(wrong)]);
  });

  it("keeps each outside library in its home", () => {
    none(
      code.flatMap((file) =>
        packages(file)
          .filter((name) => !homes[name]?.test(file.path))
          .map((name) => `${file.path} imports ${name}`),
      ),
    );
  });

  it("has a home for each dependency", () => {
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    ) as Record<string, object>;
    assert.deepEqual(
      Object.keys(homes).sort(),
      Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).sort(),
    );
  });

  it("keeps files at 400 lines or less", () => {
    none(
      [...code, ...readSources("test")]
        .filter(({ lines }) => lines > 400)
        .map(({ path, lines }) => `${path} has ${lines} lines`),
    );
  });
});
