/** Every command, in the order of the help. One line per file of this folder (a test compares the two). */
import type { CommandEntry } from "../command.js";
import { completion } from "./completion.js";
import { doctor } from "./doctor.js";
import { init } from "./init.js";
import { plugins } from "./plugins.js";
import { preview } from "./preview.js";
import { provenanceShow } from "./provenance-show.js";
import { schema } from "./schema.js";
import { storeStatus } from "./store-status.js";
import { storeStop } from "./store-stop.js";

export const commands: readonly CommandEntry[] = [
  init,
  preview,
  provenanceShow,
  plugins,
  schema,
  doctor,
  storeStatus,
  storeStop,
  completion,
];
