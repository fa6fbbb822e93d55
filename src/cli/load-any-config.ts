/** The config of `cirrus ingest`, ours or the Boss ingest client's, as the jobs that it asks for. */
import { dirname, resolve } from "node:path";
import { isPeerConfig } from "../ingest/peer/peer-schema.js";
import { parseJobConfig, readDocument, type LoadedConfig } from "../ingest/load-config.js";
import { perTime } from "../ingest/per-time.js";
import { CirrusError } from "../core/errors.js";
import type { StoreOptions } from "../storage/store.js";

export interface ConfigChoices {
  readonly cwd: string;
  readonly stores: StoreOptions;
  /** For a peer's config, which names a server: where the volume shall be. */
  readonly to: string | undefined;
  readonly resolutionNm: readonly [number, number, number] | undefined;
  readonly times: "volumes" | "channels" | undefined;
  /** A line for people. */
  tell(text: string): void;
}

/** @throws CirrusError `E_CONFIG_INVALID`, `E_USAGE` for a peer's config without `--to`, and for `--to` with one of ours */
export async function loadAnyConfig(path: string, choices: ConfigChoices): Promise<LoadedConfig[]> {
  const document = await readDocument(path);
  const name = path === "-" ? "standard input" : path;
  if (!isPeerConfig(document)) {
    const typed = choices.to ?? choices.resolutionNm ?? choices.times;
    if (typed !== undefined)
      throw new CirrusError("E_USAGE", "--to, --resolution-nm and --times are for configs of the Boss ingest client", {
        hint: "a config of ours has destination.path, destination.resolutionNm and source.t",
      });
    const baseFolder = path === "-" ? choices.cwd : dirname(resolve(choices.cwd, path));
    return perTime({ config: parseJobConfig(document, name), baseFolder, name });
  }
  if (choices.to === undefined)
    throw new CirrusError("E_USAGE", `${name} is a config of the Boss ingest client: say where the volume shall be`, {
      hint: "add --to PATH (and --provenance FILE); `cirrus config convert` prints what it means",
    });
  const { convertPeer, requireConverted } = await import("../ingest/peer/convert-peer.js");
  const converted = await convertPeer(document, name, {
    cwd: choices.cwd,
    to: choices.to,
    resolutionNm: choices.resolutionNm,
    times: choices.times ?? "volumes",
    stores: choices.stores,
  });
  for (const note of converted.notes) choices.tell(note);
  const { probe } = converted;
  return perTime({
    config: requireConverted(converted, name),
    baseFolder: choices.cwd,
    name,
    convertedFrom: document,
    ...(probe ? { probe } : {}),
  });
}
