/** CSV as RFC 4180 has it: quotes, doubled quotes, line breaks in quotes; tabs and semicolons separate too when the first line says so. */

/** A row with the number of its line, or of its row in a database, from 1. */
export interface TableRow {
  readonly line: number;
  readonly values: unknown;
}

/** @returns rows as objects by the names of the first line, lower case */
export function parseCsv(text: string): TableRow[] {
  const clean = text.replace(/^\uFEFF/, "");
  const firstLine = clean.split(/\r?\n/, 1)[0]!;
  const separator = [",", "\t", ";"].find((candidate) => firstLine.includes(candidate)) ?? ",";
  const [names, ...records] = recordsOf(clean, separator);
  const keys = (names?.cells ?? []).map((name) => name.trim().toLowerCase());
  return records
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""))
    .map(({ line, cells }) => ({
      line,
      values: Object.fromEntries(cells.map((cell, i) => [keys[i] ?? `column ${i + 1}`, cell.trim()])),
    }));
}

interface CsvRecord {
  readonly line: number;
  readonly cells: string[];
}

function* recordsOf(text: string, separator: string): Generator<CsvRecord> {
  let cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  let line = 1;
  let startLine = 1;
  for (let i = 0; i <= text.length; i++) {
    const letter = text[i];
    if (isQuoted && letter !== undefined) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else isQuoted = false;
      if (letter === "\n") line++;
    } else if (letter === '"' && cell === "") isQuoted = true;
    else if (letter === separator) {
      cells.push(cell);
      cell = "";
    } else if (letter === "\n" || letter === undefined) {
      cells.push(cell.replace(/\r$/, ""));
      yield { line: startLine, cells };
      [cells, cell] = [[], ""];
      startLine = ++line;
    } else cell += letter;
  }
}
