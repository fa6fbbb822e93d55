/** Every command, in the order of the help. One line per file of this folder (a test compares the two). */
import type { CommandEntry } from "../command.js";
import { cancel } from "./cancel.js";
import { completion } from "./completion.js";
import { configConvert } from "./config-convert.js";
import { copy } from "./copy.js";
import { doctor } from "./doctor.js";
import { downsample } from "./downsample.js";
import { ingest } from "./ingest.js";
import { init } from "./init.js";
import { join } from "./join.js";
import { plugins } from "./plugins.js";
import { preview } from "./preview.js";
import { provenanceCheck } from "./provenance-check.js";
import { provenanceDiff } from "./provenance-diff.js";
import { provenanceExport } from "./provenance-export.js";
import { provenanceLineage } from "./provenance-lineage.js";
import { provenanceLog } from "./provenance-log.js";
import { provenanceReport } from "./provenance-report.js";
import { provenanceScript } from "./provenance-script.js";
import { provenanceNoteAdd } from "./provenance-note-add.js";
import { provenanceNoteList } from "./provenance-note-list.js";
import { provenanceProcessAdd } from "./provenance-process-add.js";
import { provenanceLint } from "./provenance-lint.js";
import { provenanceShow } from "./provenance-show.js";
import { schema } from "./schema.js";
import { serve } from "./serve.js";
import { status } from "./status.js";
import { storeStatus } from "./store-status.js";
import { storeStop } from "./store-stop.js";
import { verify } from "./verify.js";
import { view } from "./view.js";

export const commands: readonly CommandEntry[] = [
  init,
  ingest,
  join,
  cancel,
  status,
  verify,
  downsample,
  copy,
  preview,
  view,
  serve,
  provenanceShow,
  provenanceLog,
  provenanceCheck,
  provenanceDiff,
  provenanceLineage,
  provenanceReport,
  provenanceExport,
  provenanceScript,
  provenanceNoteAdd,
  provenanceNoteList,
  provenanceProcessAdd,
  provenanceLint,
  plugins,
  configConvert,
  schema,
  doctor,
  storeStatus,
  storeStop,
  completion,
];
