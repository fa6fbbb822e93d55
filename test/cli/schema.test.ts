import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jobConfigSchema } from "#src/ingest/config.js";
import { draftConfig } from "#src/cli/draft-config.js";
import { jobConfigJsonSchema } from "#src/cli/job-config-schema.js";
import type { SourceProbe } from "#src/tiles/contracts.js";
import { inTemporaryFolder, runCli } from "./run-cli.js";

interface Schema {
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, Schema>>;
}

const probe: SourceProbe = {
  extent: { x: [0, 42], y: [0, 42], z: [3, 6] },
  tileSizePx: [32, 32],
  dataType: "uint8",
  channels: 1,
  resolutionNm: null,
  missing: [],
  missingCount: 0,
  odd: [],
  files: 8,
  sizeBytes: 1000,
  warnings: [],
  access: "whole",
  summary: [],
};
const draft = draftConfig({
  pluginName: "catmaid",
  params: {},
  probe,
  resolutionNm: [4, 4, 50],
  destination: "./volume",
  sources: ["/stack"],
  schemaUrl: "file:///schema.json",
});

describe("cirrus schema", () => {
  it("prints the schema that the package ships", () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout } = await runCli(["schema"], { cwd });
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), jobConfigJsonSchema());
      assert.deepEqual(
        (JSON.parse((await runCli(["schema", "--json"], { cwd })).stdout) as { schema: unknown }).schema,
        jobConfigJsonSchema(),
      );
    }));

  it("asks for what has no default, and describes the provenance", () => {
    // Its own type says no more than that it is an object.
    const schema = jobConfigJsonSchema() as unknown as Schema;
    assert.deepEqual(schema.required, ["version", "source", "destination"]);
    assert.deepEqual(schema.properties["destination"]!.required, ["path", "resolutionNm"]);
    assert.deepEqual(Object.keys(schema.properties["provenance"]!.properties), ["sources", "motivation", "process"]);
  });

  it("takes a config that init wrote, and refuses a blank resolution by name", () => {
    assert.equal(jobConfigSchema.safeParse(draft).success, true);
    const blank = { ...draft, destination: { ...draft.destination, resolutionNm: [4, 4, null] } };
    const { error } = jobConfigSchema.safeParse(blank);
    assert.deepEqual(
      error!.issues.map(({ path }) => path.join(".")),
      ["destination.resolutionNm.2"],
    );
    assert.match(error!.issues[0]!.message, /fill in/);
  });
});
