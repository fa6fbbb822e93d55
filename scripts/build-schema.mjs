// Writes schema/job-config.schema.json, which editors read through a config's "$schema": made from the schema that checks configs.
import { mkdirSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { jobConfigSchema } from "../dist/ingest/config.js";

const folder = new URL("../schema/", import.meta.url);
mkdirSync(folder, { recursive: true });
// "input": what a person writes, so keys with defaults are optional.
const schema = { title: "cirrus job config", ...z.toJSONSchema(jobConfigSchema, { io: "input" }) };
writeFileSync(new URL("job-config.schema.json", folder), `${JSON.stringify(schema, null, 2)}\n`);
