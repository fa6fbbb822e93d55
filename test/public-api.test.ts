// The names that users build on. A change here is a change for them: see CHANGELOG.md, then write the new list: CIRRUS_WRITE_GOLDEN=1 node scripts/test.mjs public
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Exported names of a file that exports by name only, types marked, in order of the alphabet. */
function exportsOf(path: string): string[] {
  const tree = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);
  const names = tree.statements.filter(ts.isExportDeclaration).flatMap((node) => {
    assert.ok(
      node.exportClause && ts.isNamedExports(node.exportClause),
      `${path} exports without names: ${node.getText()}`,
    );
    return node.exportClause.elements.map((name) =>
      node.isTypeOnly || name.isTypeOnly ? `type ${name.name.text}` : name.name.text,
    );
  });
  return names.sort();
}

describe("public names", () => {
  it("are those of test/golden/public-api.txt", () => {
    const now = { cirrus: exportsOf("src/index.ts"), "cirrus/plugin": exportsOf("src/plugin.ts") };
    const text = Object.entries(now)
      .map(([module, names]) => `${module}\n${names.map((name) => `  ${name}\n`).join("")}`)
      .join("");
    const golden = join(root, "test/golden/public-api.txt");
    if (process.env["CIRRUS_WRITE_GOLDEN"]) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });
});
