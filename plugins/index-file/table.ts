/** Params, and the table itself. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CirrusError,
  folderOf,
  isRemoteUrl,
  openByteSource,
  z,
  type PathProcessor,
  type PluginContext,
  type TileIndex,
} from "cirrus/plugin";
import { parseCsv, type TableRow } from "./csv.js";
import { isSqlite, readSqlite } from "./sqlite.js";

export const paramsSchema = z
  .strictObject({
    index: z.string().min(1).describe("The table: CSV with a line of names first, JSON lines, or an SQLite database"),
    format: z
      .enum(["auto", "csv", "jsonl"])
      .default("auto")
      .describe("auto: by the ending (.csv, .tsv, .jsonl, .ndjson), else by the first letter"),
    table: z
      .string()
      .min(1)
      .optional()
      .describe("SQLite: the table or view; default: the only one that has z and location"),
    root: z.string().optional().describe("What relative locations are relative to; default: the table's folder"),
    tileSize: z
      .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
      .optional()
      .describe("Width and height of a full tile in pixels; needed when a section has several"),
  })
  .describe("A table of tiles");

export type IndexParams = z.output<typeof paramsSchema>;

export interface Table {
  /** Absolute. */
  readonly path: string;
  readonly tiles: readonly (TileIndex & { readonly url: string })[];
}

const rowSchema = z.object({
  column: z.coerce.number().int().nonnegative().default(0),
  row: z.coerce.number().int().nonnegative().default(0),
  z: z.preprocess(
    (value) => (value === "" || value === null ? undefined : value),
    z.coerce.number().int().nonnegative(),
  ),
  location: z.string().min(1),
});

/** @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_CONFIG_INVALID` naming the lines that are wrong or say the same place twice */
export async function readTable(
  { index, format, table, root }: IndexParams,
  { baseFolder, stores }: PluginContext,
): Promise<Table> {
  const path = isRemoteUrl(index)
    ? index
    : resolve(baseFolder, /^file:\/\//i.test(index) ? fileURLToPath(index) : index);
  const bytes = await openByteSource(path, stores).bytes();
  if (!bytes) throw new CirrusError("E_SOURCE_NOT_FOUND", `there is no file ${path}`, { context: { path } });
  const isDatabase = isSqlite(bytes);
  if (table !== undefined && !isDatabase)
    throw new CirrusError("E_CONFIG_INVALID", `${path} is no SQLite database: it has no table "${table}"`, {
      hint: 'take "table" away, or name the database in "index"',
    });
  const folder = root === undefined ? folderOf(path) : isRemoteUrl(root) ? root : resolve(baseFolder, root);
  const rows = isDatabase
    ? await readSqlite({ path, bytes, table, stores })
    : rowsOfText(new TextDecoder().decode(bytes), format, path);
  const unit = isDatabase ? "row" : "line";
  const problems: string[] = [];
  const seen = new Map<string, number>();
  const tiles: (TileIndex & { url: string })[] = [];
  for (const { line, values } of rows) {
    const parsed = rowSchema.safeParse(values);
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || `the ${unit}`}: ${message}`);
      problems.push(`${unit} ${line}: ${issues.join("; ")}`);
      continue;
    }
    const { column, row, z: section, location } = parsed.data;
    const place = `${section}/${row}/${column}`;
    const first = seen.get(place);
    if (first !== undefined)
      problems.push(`${unit} ${line}: z ${section}, row ${row}, column ${column} is in ${unit} ${first} already`);
    seen.set(place, line);
    tiles.push({ column, row, z: section, url: absolute(location, folder) });
  }
  if (!problems.length && tiles.length) return { path, tiles };
  const shown = problems.slice(0, 20).map((problem) => `\n  ${problem}`);
  throw new CirrusError(
    "E_CONFIG_INVALID",
    problems.length
      ? `${path} has ${problems.length} wrong ${problems.length === 1 ? unit : `${unit}s`}:${shown.join("")}${problems.length > 20 ? "\n  ..." : ""}`
      : `${path} lists no tile`,
    {
      context: { problems },
      hint: `each ${unit} has z and location, and column and row where a section has several tiles`,
    },
  );
}

function absolute(location: string, folder: string): string {
  if (/^file:\/\//i.test(location)) return fileURLToPath(location);
  if (isRemoteUrl(location)) return location;
  return isRemoteUrl(folder) ? `${folder.replace(/\/+$/, "")}/${location}` : resolve(folder, location);
}

function rowsOfText(text: string, format: IndexParams["format"], path: string): TableRow[] {
  return formatOf(format, path, text) === "csv" ? parseCsv(text) : parseJsonLines(text);
}

function formatOf(format: IndexParams["format"], path: string, text: string): "csv" | "jsonl" {
  if (format !== "auto") return format;
  if (/\.(csv|tsv|txt)$/i.test(path)) return "csv";
  if (/\.(jsonl|ndjson)$/i.test(path)) return "jsonl";
  return text.trimStart().startsWith("{") ? "jsonl" : "csv";
}

function parseJsonLines(text: string): TableRow[] {
  return text.split(/\r?\n/).flatMap((content, i): TableRow[] => {
    if (content.trim() === "") return [];
    try {
      return [{ line: i + 1, values: JSON.parse(content) as unknown }];
    } catch {
      return [{ line: i + 1, values: content }]; // refused as what it is: no object
    }
  });
}

/** Pure: the table is in memory. */
export function pathProcessorOf({ tiles }: Table): PathProcessor {
  const urls = new Map(tiles.map(({ column, row, z: section, url }) => [`${section}/${row}/${column}`, url]));
  return ({ column, row, z: section, t = 0 }) => {
    if (column < 0 || row < 0 || section < 0 || t !== 0) return undefined;
    // A hole in the table has a name too: it is listed as what it is.
    return {
      url: urls.get(`${section}/${row}/${column}`) ?? `z ${section}, row ${row}, column ${column} of the table`,
    };
  };
}
