/**
 * The database port: PostgreSQL by URL, or the embedded store process. Statements only; a `batch` is all or nothing.
 * A statement may be sent twice when the embedded owner dies before it answered, so every write must bear that.
 */

export interface Rows<Row = Record<string, unknown>> {
  readonly rows: Row[];
}

export interface Database {
  /** pg-boss's own one-method port. */
  executeSql<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  /** `[text, values]` each, in one transaction; resolves to the rows of each. */
  batch(statements: readonly (readonly [text: string, values?: readonly unknown[]])[]): Promise<Record<string, unknown>[][]>;
  readonly kind: "embedded" | "postgres";
  /** For people and logs, without secrets. */
  readonly label: string;
  close(): Promise<void>;
}

export interface StateOptions {
  /** `postgresql://...`, or undefined for the embedded store in `folder`. */
  readonly url?: string;
  /** State folder: the embedded store, logs. */
  readonly folder: string;
}
