/** Sends what several calls of a library ask the database for as one transaction and one round trip. */
import type { Database, Rows, Statement } from "../state/database.js";

interface Asked {
  readonly statement: Statement;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchPort {
  executeSql(text: string, values?: readonly unknown[]): Promise<Rows>;
}

/** The statements that are asked for in one turn of the event loop go together; all of them are done or none. */
export function batchPort(db: Database): BatchPort {
  let asked: Asked[] = [];
  async function send(): Promise<void> {
    const together = asked;
    asked = [];
    try {
      const results = await db.batch(together.map(({ statement }) => statement));
      together.forEach(({ resolve }, i) => resolve({ rows: results[i]! }));
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
  return {
    executeSql(text, values = []) {
      if (asked.length === 0) setImmediate(send);
      return new Promise((resolve, reject) => asked.push({ statement: [text, values], resolve, reject }));
    },
  };
}
