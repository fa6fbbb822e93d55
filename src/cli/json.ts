/** How data looks with `--json`: one object with `schemaVersion`; bigints as decimal strings, dates as ISO 8601 UTC. */

/** Grows when a member of any command's data changes its meaning or goes; new members do not count. */
export const schemaVersion = 1;

const asText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

/** Indented, for a single answer. */
export const toJson = (data: object): string => JSON.stringify({ schemaVersion, ...data }, asText, 2);

/** One line, for a stream of answers or events (NDJSON). */
export const toJsonLine = (data: object): string => JSON.stringify({ schemaVersion, ...data }, asText);
