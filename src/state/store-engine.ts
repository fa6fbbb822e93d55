/** Runs statements on the one session of PGlite, each alone: an error and the ROLLBACK that answers it must not have another caller's statement between them. */
import type { PGlite } from "@electric-sql/pglite";
import type { Statement } from "./database.js";

export interface StoreEngine {
  execute(text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]>;
  batch(statements: readonly Statement[]): Promise<Record<string, unknown>[][]>;
  /** Runs `work` after everything that was asked before, with nothing beside it. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function engineOn(pg: PGlite): StoreEngine {
  let tail: Promise<unknown> = Promise.resolve();
  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
  return {
    alone,
    execute: (text, values) => alone(() => executeOn(pg, text, values)),
    batch: (statements) =>
      alone(() =>
        pg.transaction(async (transaction) => {
          const rows: Record<string, unknown>[][] = [];
          for (const [text, values = []] of statements)
            rows.push((await transaction.query<Record<string, unknown>>(text, defined(values))).rows);
          return rows;
        }),
      ),
  };
}

async function executeOn(pg: PGlite, text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
  try {
    if (values.length) return (await pg.query<Record<string, unknown>>(text, defined(values))).rows;
    // Without values the text may be several statements (pg-boss's BEGIN ... COMMIT), which only exec() takes.
    return (await pg.exec(text)).flatMap((result) => result.rows as Record<string, unknown>[]);
  } catch (error) {
    await pg.query("ROLLBACK").catch(() => {}); // outside of a transaction it is a warning only
    throw error;
  }
}

/** `undefined` means NULL, as it does for node-postgres. */
const defined = (values: readonly unknown[]): unknown[] => values.map((value) => value ?? null);
