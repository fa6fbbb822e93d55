/** Rows of an SQLite database by sql.js, which is SQLite in WebAssembly: nothing is compiled, and the file is only read. */
import { canList, CirrusError, codeOf, messageOf, openByteSource, type StoreOptions } from "cirrus/plugin";
import type { Database } from "sql.js";
import type { TableRow } from "./csv.js";

/** The first 16 bytes of every database. */
export const isSqlite = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.length)).toString("latin1") === "SQLite format 3\0";

export interface SqliteFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** undefined: the only one that has `z` and `location`. */
  readonly table: string | undefined;
  readonly stores: StoreOptions | undefined;
}

const columns = ["column", "row", "z", "location"] as const;
const needed = ["z", "location"] as const;

/**
 * @returns the members of `column`, `row`, `z` and `location` that the table has, in the order of the file
 * @throws CirrusError `E_SOURCE_UNSUPPORTED` without sql.js and for changes that are not in the file yet, `E_SOURCE_UNREADABLE` for a
 *   damaged database, `E_CONFIG_INVALID` when no table, or more than one, can be meant
 */
export async function readSqlite({ path, bytes, table, stores }: SqliteFile): Promise<TableRow[]> {
  if (canList(path)) await requireMerged(path, stores);
  const { Database } = await library(path);
  let database: Database | undefined;
  try {
    database = new Database(asRollback(bytes));
    const name = chosen(tablesOf(database), { table, path });
    return rowsOf(database, name);
  } catch (cause) {
    if (cause instanceof CirrusError) throw cause;
    throw new CirrusError("E_SOURCE_UNREADABLE", `${path} cannot be read as an SQLite database: ${messageOf(cause)}`, {
      context: { path },
      hint: `sqlite3 '${path}' 'pragma integrity_check' says what is wrong with it`,
      cause,
    });
  } finally {
    database?.close();
  }
}

async function library(path: string) {
  try {
    const { default: start } = await import("sql.js");
    return await start();
  } catch (cause) {
    if (codeOf(cause) !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `${path} is an SQLite database, and the package sql.js is not there`,
      {
        hint: "npm install sql.js, where cirrus is installed",
        cause,
      },
    );
  }
}

/** Changes wait in a file beside the database until they are merged: without them rows are missing, or older than they seem. */
async function requireMerged(path: string, stores: StoreOptions | undefined): Promise<void> {
  for (const [suffix, what] of [
    ["-wal", "its write-ahead log holds changes that are not merged"],
    ["-journal", "a change of it was not finished"],
  ] as const) {
    if (await openByteSource(path + suffix, stores).sizeBytes())
      throw new CirrusError("E_SOURCE_UNSUPPORTED", `${path} is not complete: ${what} (${path}${suffix})`, {
        context: { path, beside: path + suffix },
        hint: `close the programs that write to it, then: sqlite3 '${path}' 'pragma wal_checkpoint(truncate)'`,
      });
  }
}

/**
 * A database in memory can have no log beside it, and SQLite refuses one whose header asks for it. All is merged, so that the header
 * may say so. See https://www.sqlite.org/fileformat.html, "file format version numbers".
 */
function asRollback(bytes: Uint8Array): Uint8Array {
  if (bytes[18] !== 2 && bytes[19] !== 2) return bytes;
  const copy = bytes.slice();
  copy[18] = copy[19] = 1;
  return copy;
}

interface SqlTable {
  readonly name: string;
  /** Lower case. */
  readonly columns: readonly string[];
}

function tablesOf(database: Database): SqlTable[] {
  const [found] = database.exec(
    "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name",
  );
  return (found?.values ?? []).map(([name]) => {
    const [info] = database.exec(`select name from pragma_table_info(${quoted(String(name), "'")})`);
    return { name: String(name), columns: (info?.values ?? []).map(([column]) => String(column).toLowerCase()) };
  });
}

function chosen(
  tables: readonly SqlTable[],
  { table, path }: { readonly table: string | undefined; readonly path: string },
): SqlTable {
  const fits = ({ columns: there }: SqlTable): boolean => needed.every((name) => there.includes(name));
  const described = tables.map(({ name, columns: there }) => `${name} (${there.join(", ")})`).join("; ");
  const refuse = (message: string, hint: string): never => {
    throw new CirrusError("E_CONFIG_INVALID", message, {
      context: { path, tables: tables.map(({ name }) => name) },
      hint,
    });
  };
  const asked = table === undefined ? undefined : tables.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  if (table !== undefined && !asked)
    return refuse(
      `${path} has no table "${table}"`,
      tables.length ? `there is ${described}` : "it has no table at all",
    );
  if (asked && fits(asked)) return asked;
  if (asked)
    return refuse(
      `table ${asked.name} of ${path} lacks ${needed.filter((name) => !asked.columns.includes(name)).join(" and ")}`,
      `it has ${asked.columns.join(", ")}; a view can give columns other names`,
    );
  const fitting = tables.filter(fits);
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length)
    return refuse(
      `${path} has several tables with z and location: ${fitting.map(({ name }) => name).join(", ")}`,
      'name the one that is meant: "table" in the params of the source',
    );
  return refuse(
    tables.length ? `no table of ${path} has the columns z and location` : `${path} has no table`,
    tables.length ? `there is ${described}; a view can give columns other names` : "is it the right file?",
  );
}

function rowsOf(database: Database, { name, columns: there }: SqlTable): TableRow[] {
  const wanted = columns.filter((column) => there.includes(column));
  const query = database.prepare(
    `select ${wanted.map((column) => quoted(column, '"')).join(", ")} from ${quoted(name, '"')}`,
  );
  const rows: TableRow[] = [];
  try {
    while (query.step()) {
      const cells = query.get();
      // What is not stated is absent, as an empty cell of a CSV file is.
      const stated = wanted.flatMap((column, i) => (cells[i] === null ? [] : [[column, cells[i]] as const]));
      rows.push({ line: rows.length + 1, values: Object.fromEntries(stated) });
    }
  } finally {
    query.free();
  }
  return rows;
}

const quoted = (name: string, mark: "'" | '"'): string => mark + name.replaceAll(mark, mark + mark) + mark;
