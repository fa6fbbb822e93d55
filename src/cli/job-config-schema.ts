/** Where the JSON schema of the job config lies: a generated file of the package. */

/** For a config's `$schema`: editors check and complete while a person types. */
export const jobConfigSchemaUrl = (): string => new URL("../../schema/job-config.schema.json", import.meta.url).href;
