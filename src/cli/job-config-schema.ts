/** The JSON schema of the job config: what `cirrus schema` prints, and what the build writes into the package for editors. */
import { z } from "zod";
import { jobConfigSchema, provenanceSchema } from "../ingest/config.js";

/**
 * As a person writes a config: keys with defaults are optional. Draft 7, which every editor knows. Rules that compare members (start
 * below stop) are not in it; `cirrus ingest` checks them all.
 */
export function jobConfigJsonSchema(): Readonly<Record<string, unknown>> {
  // Ingest leaves the provenance to the gate; an editor can help with it.
  const whole = jobConfigSchema.extend({
    provenance: provenanceSchema.optional().describe("Required, here or by --provenance FILE."),
  });
  return { title: "cirrus job config", ...z.toJSONSchema(whole, { io: "input", target: "draft-7" }) };
}
