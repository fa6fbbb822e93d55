/** `cirrus schema`: the JSON schema of a job config. */
import { defineCommand } from "../command.js";

export const schema = defineCommand({
  name: "schema",
  summary: "print the JSON schema of a job config",
  examples: [
    ["cirrus schema > job-config.schema.json", 'for an editor: "$schema": "./job-config.schema.json" in the config'],
  ],
  run: async () => {
    const { jobConfigJsonSchema } = await import("../job-config-schema.js");
    return { schema: jobConfigJsonSchema() };
  },
  render: (data) => JSON.stringify(data.schema, null, 2),
});
