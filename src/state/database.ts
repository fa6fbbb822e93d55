/**
 * The database port: PostgreSQL by URL, or the embedded store process. Statements only; a `batch` is all or nothing.
 * A statement may be sent twice when the embedded owner (or a connection) dies before it answered, so every write must bear that.
 *
 * Both engines give the same JavaScript values: int8 is a number (a bigint beyond 2^53), timestamptz a Date, json and jsonb what they
 * hold, numeric a string. An error of the database is an Error with its SQLSTATE as `code`.
 */

export interface Rows<Row = Record<string, unknown>> {
  readonly rows: Row[];
}

export type Statement = readonly [text: string, values?: readonly unknown[]];

export interface Database {
  /** pg-boss's own one-method port. Without values the text may hold several statements; their rows come one after another. */
  executeSql<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  /** `[text, values]` each, in one transaction; resolves to the rows of each. */
  batch(statements: readonly Statement[]): Promise<Record<string, unknown>[][]>;
  readonly kind: "embedded" | "postgres";
  /** For people and logs, without secrets. */
  readonly label: string;
  /** May be called twice. An embedded store leaves by itself some seconds after its last client. */
  close(): Promise<void>;
}

export interface StateOptions {
  /** `postgresql://...`, or undefined for the embedded store in `folder`. */
  readonly url?: string;
  /** State folder: the embedded store, logs. */
  readonly folder: string;
  /** How long the embedded store stays without clients; 10 s by default, `CIRRUS_STORE_IDLE_MS` before that. */
  readonly idleMs?: number;
}
