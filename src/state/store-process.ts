/**
 * Entry of the store process: `node store-process.js STATE_FOLDER IDLE_MS`. Ends with 75 when another process owns the store, with 1 on an
 * error, which is then the last line of store.log (standard error is that file).
 */
import { setFlagsFromString } from "node:v8";
import { codeOf, messageOf } from "../core/errors.js";
import { ownStore } from "./store-owner.js";

// V8 compiles a function of PGlite's 10 MB a second time, optimised, once it has run for that long. At its own measure (550 times less)
// that was 1.4 of the 2.2 CPU seconds that the store spends on a small job. Where a V8 does not know the flag it is ignored.
setFlagsFromString("--wasm-tiering-budget=1000000000");

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
