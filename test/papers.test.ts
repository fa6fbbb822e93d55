// What the papers list twice must be what the code says.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { exitCodes } from "#src/core/error-codes.js";
import { jobConfigSchema, provenanceSchema } from "#src/ingest/config.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Markdown files of ours: those at the root and under docs. */
const papers = [
  ...readdirSync(root),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
]
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".md"));

/** Dotted names of the leaves of a schema. */
function keysOf(schema: z.core.JSONSchema._JSONSchema, prefix = ""): string[] {
  if (typeof schema === "boolean" || !schema.properties) return [prefix];
  return Object.entries(schema.properties).flatMap(([name, inner]) =>
    keysOf(inner, prefix ? `${prefix}.${name}` : name),
  );
}

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
    const wanted = [
      ...keysOf(z.toJSONSchema(jobConfigSchema, { io: "input" })).filter((key) => key !== "provenance"),
      ...keysOf(z.toJSONSchema(provenanceSchema, { io: "input" }), "provenance"),
    ];
    assert.deepEqual(listed.sort(), wanted.sort());
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
