/**
 * Entry of the store process: `node store-process.js STATE_FOLDER IDLE_MS`. Ends with 75 when another process owns the store, with 1 on an
 * error, which is then the last line of store.log (standard error is that file).
 */
import { codeOf, messageOf } from "../core/errors.js";
import { ownStore } from "./store-owner.js";

const [stateFolder = "", idleMs = ""] = process.argv.slice(2);

const log = (error: unknown): void => {
  const code = codeOf(error);
  console.error(`${new Date().toISOString()} ${process.pid} ${code ? `${code} ` : ""}${messageOf(error)}`);
};

// The terminal that this process was started from is not its own: neither a Ctrl-C nor the end of the session is for it.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
try {
  if ((await ownStore({ stateFolder, idleMs: Number(idleMs), log })) === "elsewhere") process.exit(75);
} catch (error) {
  log(error);
  process.exit(1);
}
