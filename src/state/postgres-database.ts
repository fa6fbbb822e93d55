/** PostgreSQL by URL: a small pool. What a restart or failover of the server interrupts is sent again, as with the embedded store. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";
import type { Database, Statement } from "./database.js";
import { stateLabel } from "./state-url.js";

/** How long a server that answered before may be away. */
const outageMs = 60_000;

/**
 * Connects once, so that a wrong URL is known now. The password may come from the URL, PGPASSWORD or PGPASSFILE.
 *
 * @param url - `postgresql://user@host:port/database`; a socket's folder as `?host=/run/postgresql`
 * @throws CirrusError `E_STATE_UNAVAILABLE` when the server cannot be reached or refuses
 */
export async function openPostgres(url: string): Promise<Database> {
  const label = stateLabel(url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "cirrus",
    max: 4,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    allowExitOnIdle: true,
    types: { getTypeParser },
  });
  // A connection that is cut says so twice: to the statement that waits, and as an event that would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  let closing: Promise<void> | undefined;

  /** Runs `work` on one connection; what went wrong is rolled back before another caller gets that connection. */
  async function once<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      const isUsable = await client.query("ROLLBACK").then(
        () => true,
        () => false,
      );
      client.release(!isUsable);
      throw error;
    }
  }

  async function untilReached<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    for (let deadline = Date.now() + outageMs; ;) {
      try {
        return await once(work);
      } catch (error) {
        if (!isOutage(error)) throw error;
        if (Date.now() > deadline || closing) throw unavailable(label, error);
        await sleep(200 + Math.random() * 300);
      }
    }
  }

  try {
    await once((client) => client.query("select 1"));
  } catch (error) {
    await pool.end();
    throw unavailable(label, error);
  }
  return {
    kind: "postgres",
    label,
    executeSql: async <Row>(text: string, values: readonly unknown[] = []) => ({
      rows: (await untilReached((client) => rowsOf(client, text, values))) as Row[],
    }),
    batch: (statements: readonly Statement[]) =>
      untilReached(async (client) => {
        const rows: Record<string, unknown>[][] = [];
        await client.query("BEGIN");
        for (const [text, values = []] of statements) rows.push(await rowsOf(client, text, values));
        await client.query("COMMIT");
        return rows;
      }),
    close: () => (closing ??= pool.end()),
  };
}

/** Without values the text may be several statements, and node-postgres then gives one result for each. */
async function rowsOf(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const result: pg.QueryResult | pg.QueryResult[] = await client.query(text, values.length ? [...values] : undefined);
  return [result].flat().flatMap((one) => one.rows as Record<string, unknown>[]);
}

/** As PGlite does: an int8 is a number where that is exact. node-postgres gives a string. */
function getTypeParser(type: number, format?: "text" | "binary") {
  if (type !== pg.types.builtins.INT8) return pg.types.getTypeParser(type, format as "text");
  return (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));
}

const outageCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOENT",
  "57P01",
  "57P02",
  "57P03",
]);

/** The connection or the server went away, as opposed to an answer of the server. */
function isOutage(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return (
    outageCodes.has(code) ||
    code.startsWith("08") ||
    /^(Connection terminated|Client has encountered a connection error|timeout e)/.test(messageOf(error))
  );
}

const unavailable = (label: string, cause: unknown): CirrusError =>
  new CirrusError("E_STATE_UNAVAILABLE", `the state database ${label} cannot be used: ${redact(messageOf(cause))}`, {
    hint: "check CIRRUS_STATE, and that the server runs and lets this user in",
  });
