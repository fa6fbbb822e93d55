import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { stringifyLossless } from "#src/core/json/stringify.js";
import { checkDeclaration } from "#src/provenance/model/declaration.js";
import { loadJobConfig } from "#src/ingest/load-config.js";

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "cirrus-config-"))));
after(() => rm(folder, { recursive: true }));

const written = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

const text = (params: string, parameters: string): string =>
  `{"version":1,"source":{"plugin":"catmaid","params":${params}},"destination":{"path":"v","resolutionNm":[4.5,4,40]},
"provenance":{"sources":["s"],"motivation":"m","process":{"description":"d","parameters":${parameters}}}}`;

describe("a job config's numbers", () => {
  for (const name of ["job.json", "job.yaml"])
    it(`are plain, but for the process's parameters, which keep their digits (${name})`, async () => {
      const parameters = '{"id":648518346349515986,"ratio":1.0,"deep":[{"x":0.10}]}';
      const lead = name.endsWith("yaml") ? "# not JSON\n" : "";
      const { config } = await loadJobConfig(await written(name, lead + text('{"zoom":0}', parameters)));
      assert.deepEqual(config.source.params, { zoom: 0 });
      assert.deepEqual(config.destination.resolutionNm, [4.5, 4, 40]);
      const { process } = checkDeclaration(config.provenance);
      assert.equal(stringifyLossless(process.parameters, "compact"), parameters);
    });

  it("that a plugin could not get exactly are refused", async () => {
    const path = await written("big.json", text('{"deep":[648518346349515986]}', "{}"));
    await assert.rejects(loadJobConfig(path), { message: /source\.params: give whole numbers beyond 2\^53 as text/ });
  });

  it("do not hide where the syntax is wrong", async () => {
    const path = await written("bad.json", '{\n  "version": 1,\n  "source": {,\n}\n');
    await assert.rejects(loadJobConfig(path), {
      message: /bad\.json is neither JSON nor YAML: .* at line 3, column 14/,
    });
  });
});
