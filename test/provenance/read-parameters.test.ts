import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stringifyLossless } from "#src/core/json/stringify.js";
import { isCirrusError } from "#src/core/errors.js";
import { parametersSha256 } from "#src/provenance/parameters-digest.js";
import { readParameters } from "#src/provenance/read-parameters.js";
import { newFolder } from "./fixture.js";

const folder = newFolder();
mkdirSync(folder, { recursive: true });

async function read(name: string, content: string): Promise<string> {
  writeFileSync(join(folder, name), content);
  return stringifyLossless(await readParameters(join(folder, name)), "canonical");
}

/** Of the same parameters in every format that has numbers. */
const expected = '{"deep":{"eps":1e-05,"on":true},"ids":[648518346349515986,-1],"name":"\\u00e9; ","ratio":1.0}';

describe("parameters", () => {
  it("are read from JSON, number by number as they were written", async () => {
    const json = '{"ratio":1.0,"ids":[648518346349515986,-1],"name":"é; ","deep":{"on":true,"eps":1e-05}}';
    assert.equal(await read("a.json", json), expected);
    assert.equal(await read("a.json5", `// by hand\n${json.replace('"name"', "name").replace("}}", "},}")}`), expected);
  });

  it("are read from YAML", async () => {
    const yaml = 'ratio: 1.0\nids: [648518346349515986, -1]\nname: "é; "\ndeep:\n  on: true\n  eps: 1.0e-5\n';
    assert.equal(await read("a.yaml", yaml), expected);
  });

  it("are read from TOML, dates as text", async () => {
    const toml = 'ratio = 1.0\nids = [648518346349515986, -1]\nname = "é; "\n[deep]\non = true\neps = 1e-5\n';
    assert.equal(await read("a.toml", toml), expected);
    assert.equal(await read("d.toml", "at = 2025-03-01\n"), '{"at":"2025-03-01"}');
  });

  it("are read from INI, values as text and sections as objects", async () => {
    const ini = "; a comment\nname = seg\n[deep]\nsize = 1.0\n";
    assert.equal(await read("a.ini", ini), '{"deep":{"size":"1.0"},"name":"seg"}');
  });

  it("have one digest however their keys are ordered and their numbers spelled", () => {
    assert.equal(parametersSha256({ a: 1, b: [2n] }), parametersSha256({ b: [2], a: 1.0 }));
    assert.notEqual(parametersSha256({ a: 648518346349515986n }), parametersSha256({ a: 648518346349515987n }));
  });

  it("are refused with the reason", async () => {
    const refuses = (name: string, content: string, why: RegExp) =>
      assert.rejects(read(name, content), (error) => {
        assert.ok(isCirrusError(error, "E_CONFIG_INVALID"));
        assert.match(error.message, why);
        return true;
      });
    await refuses("list.json", "[1]", /list\.json is no table of names and values/);
    await refuses("bad.toml", "a = = 1", /bad\.toml is no TOML: /);
    await refuses("bad.yaml", "a: [", /bad\.yaml is no YAML: /);
    await assert.rejects(readParameters(join(folder, "none.json")), /there is no such file/);
  });
});
