/** `cirrus ingest`: a prepared stack -> the request that `launch` takes. */
import type { RunSummary } from "../engine/events.js";
import { toRecordable } from "../provenance/model/recordable.js";
import type { JsonObject } from "../core/json/value.js";
import type { Declaration } from "../provenance/model/declaration.js";
import { estimate } from "./estimate.js";
import { launch } from "./launch.js";
import { requireMemory } from "./memory-check.js";
import type { Prepared } from "./prepare.js";
import type { RunEnvironment } from "./run-job.js";
import { warningsOf } from "./warnings.js";

export interface IngestRequest {
  readonly prepared: Prepared;
  readonly declaration: Declaration;
  readonly overwrite: boolean;
  readonly fsync: boolean;
  readonly argv: readonly string[];
}

/** @throws CirrusError as `launch`; `E_MEMORY_BUDGET` when a worker's share cannot hold the smallest slab */
export async function launchIngest(request: IngestRequest, environment: RunEnvironment): Promise<RunSummary> {
  const { prepared, declaration, overwrite, fsync, argv } = request;
  const { loaded, source, plan, tiles } = prepared;
  const { convertedFrom } = loaded;
  const { $schema: _schema, provenance: _provenance, ...config } = loaded.config;
  requireMemory(estimate(plan), { plan, tiles, workerBytes: environment.workerBytes, workers: environment.workers });
  for (const { code, text } of warningsOf(prepared)) environment.emit({ type: "warning", code, text });
  return launch(
    {
      document: {
        version: 1,
        source,
        destination: { ...prepared.destination, fsync },
        plan,
        existing: overwrite ? "replace" : "none",
      },
      declaration,
      parameters: toRecordable(
        { config, source, ...(convertedFrom === undefined ? {} : { convertedFrom }) },
        "config",
      ) as JsonObject, // an object stays one
      identity: { config, baseFolder: loaded.baseFolder },
      codeFolder: loaded.baseFolder,
      argv,
    },
    environment,
  );
}
