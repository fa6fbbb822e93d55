// Writes schema/job-config.schema.json, which editors read through a config's "$schema".
import { mkdirSync, writeFileSync } from "node:fs";
import { jobConfigJsonSchema } from "../dist/cli/job-config-schema.js";

const folder = new URL("../schema/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("job-config.schema.json", folder), `${JSON.stringify(jobConfigJsonSchema(), null, 2)}\n`);
