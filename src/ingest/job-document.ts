/** What a job's row holds: all that a supervisor or a worker on any machine needs to run its tasks. Parsed where it is read. */
import type { VolumeType } from "../formats/precomputed/volume-info.js";
import type { Declaration } from "../provenance/model/declaration.js";
import type { StoreOptions } from "../storage/store.js";
import type { StoredForm } from "../volume/stored-form.js";
import type { SourceDocument } from "../tiles/source-document.js";
import { parseLossless } from "../core/json/parse.js";
import { stringifyLossless } from "../core/json/stringify.js";
import type { JsonObject } from "../core/json/value.js";
import type { Plan } from "./plan.js";

export interface DestinationDocument {
  readonly url: string;
  readonly fsync: boolean;
  /** As in the config: `raw`, `png`, `jpeg`, `jpeg:85`. */
  readonly encoding: string;
  readonly form: StoredForm;
  readonly type: VolumeType;
  /** Chunks whose voxels are all 0 are not stored. */
  readonly skipsBackground?: boolean;
}

export interface JobDocument {
  readonly version: 1;
  /** Absent for `downsample`, whose source is the volume itself. */
  readonly source?: SourceDocument;
  readonly destination: DestinationDocument;
  /** Of the record that admitted the job; workers re-read it. */
  readonly recordKey: string;
  readonly jobId: string;
  readonly plan: Plan;
  /** `downsample` keeps chunks that exist; `--overwrite` replaces them, whatever form they were stored in. */
  readonly existing: "none" | "keep" | "replace";
}

/** What a job's record is made of. */
export interface StartDocument {
  readonly declaration: Declaration;
  /** Facts of the job for its record: the config, as plain data. */
  readonly parameters: JsonObject;
  /** Folder whose git repository is recorded: the config's. */
  readonly codeFolder: string;
  readonly argv: readonly string[];
}

/** A job that is stored and not admitted yet: whoever goes on with it writes its record. */
export interface PlannedDocument extends Omit<JobDocument, "recordKey"> {
  /** A StartDocument as text: what people give as parameters keeps its digits (`startText`, `startOf`). */
  readonly start: string;
}

export const startText = ({ declaration, parameters, codeFolder, argv }: StartDocument): string =>
  stringifyLossless(
    { declaration: { ...declaration, process: { ...declaration.process } }, parameters, codeFolder, argv },
    "compact",
  );

/** What `startText` wrote. */
export const startOf = ({ start }: Pick<PlannedDocument, "start">): StartDocument =>
  parseLossless(start) as unknown as StartDocument; // no number is outside of the parameters

/** What a worker is set up with: the job, and how this machine reaches its stores. */
export interface WorkerDocument {
  readonly job: JobDocument;
  readonly store: StoreOptions;
}
