/** The embedded store as a Database: a connection to its owner, which is started when nobody owns the store. */
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import type { Database, Rows, Statement } from "./database.js";
import type { StoreRequest } from "./store-frames.js";
import { OwnerGone, type StoreLink } from "./store-link.js";
import { storePaths } from "./store-paths.js";
import { connectStore } from "./start-store.js";

/** SQLSTATE disk_full. */
const diskFull = "53100";

/** A statement that took down as many owners is what breaks them. */
const mostSends = 20;

/**
 * Connects to the owner of the store in `stateFolder`; starts one when there is none.
 *
 * @throws CirrusError as `connectStore` does
 */
export async function openEmbedded(stateFolder: string, idleMs: number): Promise<Database> {
  const paths = storePaths(stateFolder);
  const connect = () => connectStore({ stateFolder, idleMs });
  let link: StoreLink = await connect();
  let connecting: Promise<StoreLink> | undefined;
  let isClosed = false;

  async function connected(): Promise<StoreLink> {
    if (link.isUp) return link;
    connecting ??= connect().finally(() => (connecting = undefined));
    link = await connecting;
    if (isClosed) link.close();
    return link;
  }

  async function call(request: StoreRequest): Promise<unknown> {
    for (let sends = 1; ; sends++) {
      if (isClosed) throw new Error(`the database in ${paths.folder} was closed`);
      try {
        return await (await connected()).call(request);
      } catch (error) {
        if (codeOf(error) === diskFull)
          throw new CirrusError(
            "E_STORE_FULL",
            `the disk of the store in ${paths.folder} is full: ${messageOf(error)}`,
            { cause: error },
          );
        if (!(error instanceof OwnerGone)) throw error;
        if (sends === mostSends)
          throw new CirrusError(
            "E_STATE_UNAVAILABLE",
            `the store in ${paths.folder} died ${sends} times before it answered; see ${paths.log}`,
            { cause: error },
          );
      }
    }
  }

  return {
    kind: "embedded",
    label: paths.folder,
    executeSql: <Row>(text: string, values: readonly unknown[] = []) =>
      call({ type: "sql", text, values }) as Promise<Rows<Row>>,
    batch: (statements: readonly Statement[]) =>
      call({ type: "batch", statements }) as Promise<Record<string, unknown>[][]>,
    async close() {
      isClosed = true;
      link.close();
    },
  };
}
