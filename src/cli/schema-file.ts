/** Where the build writes the job config's JSON schema (scripts/build-schema.mjs). */

/** For a config's `$schema`: editors check and complete while a person types. */
export const jobConfigSchemaUrl = (): string => new URL("../../schema/job-config.schema.json", import.meta.url).href;
