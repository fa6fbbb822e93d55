// What the papers list twice must be what the code says.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { exitCodes } from "#src/core/error-codes.js";
import { jobConfigJsonSchema } from "#src/cli/job-config-schema.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Markdown files of ours: those at the root and under docs. */
const papers = [
  ...readdirSync(root),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
]
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".md"));

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Dotted names of the leaves of a schema. */
const keysOf = ({ properties = {} }: Schema, prefix = ""): string[] =>
  Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties ? keysOf(inner, `${prefix}${name}.`) : [prefix + name],
  );

describe("papers", () => {
  it("names in ARCHITECTURE.md exactly the folders of src", () => {
    const listed = [...read("ARCHITECTURE.md").matchAll(/^\| `(src\/[^`]+)` +\|/gm)].map(([, name]) => name!);
    const top = readdirSync(join(root, "src"), { withFileTypes: true });
    const folders = top.filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}/`);
    const files = top.filter(({ name }) => name.endsWith(".ts")).map(({ name }) => `src/${name}`);
    assert.deepEqual([...listed].sort(), [...folders, ...files, "src/provenance/model/"].sort());
  });

  it("lists in README.md every exit code", () => {
    const listed = [...read("README.md").matchAll(/^\| (\d+(?:, \d+)*) +\|/gm)].flatMap(([, codes]) =>
      codes!.split(", ").map(Number),
    );
    assert.deepEqual(
      listed.sort((a, b) => a - b),
      Object.values(exitCodes).sort((a, b) => a - b),
    );
  });

  it("describes in docs/config.md every key of the job config", () => {
    const [keys] = read("docs/config.md").split("## Scales");
    const listed = [...keys!.matchAll(/^\| `([\w.$]+)` +\|/gm)].map(([, key]) => key!);
    assert.deepEqual(listed.sort(), keysOf(jobConfigJsonSchema()).sort());
  });

  it("links to files that exist", () => {
    const broken = papers.flatMap((paper) =>
      [...read(paper).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target]) => target!)
        .filter((target) => !existsSync(join(root, dirname(paper), target)))
        .map((target) => `${paper} -> ${target}`),
    );
    assert.deepEqual(broken, []);
  });
});
