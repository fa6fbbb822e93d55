/** A config of the Boss ingest client -> one of ours, with notes on what it means and what was never used. */
import type { JsonObject } from "../../core/json/value.js";
import { loadPlugin } from "../../tiles/load-plugin.js";
import type { SourceProbe } from "../../tiles/contracts.js";
import type { StoreOptions } from "../../storage/store.js";
import { CirrusError, isCirrusError } from "../../core/errors.js";
import { parseJobConfig } from "../load-config.js";
import type { JobConfig } from "../config.js";
import { kindOf } from "./peer-classes.js";
import type { PeerSource } from "./peer-params.js";
import { peerSource } from "./peer-sources.js";
import { problemsError, readPeer, type PeerConfig } from "./read-peer.js";

export interface PeerChoices {
  /** What relative paths are relative to: the current folder, as for the peer. */
  readonly cwd: string;
  /** Where the volume shall be: these configs name a server. */
  readonly to: string;
  /** nm per voxel: these configs do not know it. undefined: from the files' tags. */
  readonly resolutionNm: readonly [number, number, number] | undefined;
  /** What several times become. */
  readonly times: "volumes" | "channels";
  readonly stores: StoreOptions;
}

export interface ConvertedPeer {
  /** As a person would write it; `resolutionNm` is null where nothing tells it. */
  readonly document: NativeDocument;
  readonly notes: readonly string[];
  /** undefined when the source could not be looked at, for `cirrus config convert`. */
  readonly probe: SourceProbe | undefined;
  readonly problem?: unknown;
}

/**
 * @param name - how messages call the document
 * @throws CirrusError `E_CONFIG_INVALID` with every problem at once; `E_SOURCE_UNSUPPORTED` for Boss servers as sources
 */
export async function convertPeer(document: JsonObject, name: string, choices: PeerChoices): Promise<ConvertedPeer> {
  const config = readPeer(document, name);
  const fail = (problems: readonly string[]): never => {
    throw problemsError(name, problems);
  };
  const kind = kindOf(config.path.className, config.data.className);
  if (!kind)
    return fail([
      `/client: ${config.path.className} and ${config.data.className} do not belong together: one finds other files than the other reads`,
    ]);
  const source = await peerSource(kind, config, { cwd: choices.cwd, stores: choices.stores, fail });
  const { t } = config.extent;
  if (!source.hasTimes && (t[0] !== 0 || t[1] !== 1))
    return fail([
      `/ingest_job/extent/t: ${config.path.className} has no times: it must be [0, 1), not [${t.join(", ")})`,
    ]);
  const { probe, problem } = await look(source, config, choices);
  return {
    document: nativeDocument(config, source, { probe, choices }),
    notes: [...source.notes, ...notesOf(config, choices, source)],
    probe,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** For `cirrus ingest`, which needs it all. @throws CirrusError what looking at the source found; `E_CONFIG_INVALID` */
export function requireConverted({ document, problem }: ConvertedPeer, name: string): JobConfig {
  if (problem !== undefined) throw problem;
  if (document.destination.resolutionNm.includes(null))
    throw new CirrusError(
      "E_CONFIG_INVALID",
      `${name} does not know the size of a voxel, and no tag of the files tells it`,
      {
        hint: "give --resolution-nm x,y,z",
      },
    );
  // Members are JSON values, as they were read from one.
  return parseJobConfig(document as unknown as JsonObject, `${name}, converted`);
}

async function look(
  source: PeerSource,
  config: PeerConfig,
  { cwd, stores }: PeerChoices,
): Promise<{ readonly probe: SourceProbe | undefined; readonly problem?: unknown }> {
  try {
    const plugin = await loadPlugin(source.plugin, cwd);
    const { x, y, z, t } = config.extent;
    const params = plugin.params.parse(source.params);
    return {
      probe: await plugin.probe(params, {
        baseFolder: cwd,
        stores,
        extent: { x, y, z },
        ...(source.hasTimes ? { t: t[0] } : {}),
      }),
    };
  } catch (problem) {
    if (!isCirrusError(problem)) throw problem;
    return { probe: undefined, problem };
  }
}

/** A job config as a person writes it. */
export interface NativeDocument {
  readonly version: 1;
  readonly source: Readonly<Record<string, unknown>>;
  readonly destination: Readonly<Record<string, unknown>> & { readonly resolutionNm: readonly (number | null)[] };
}

interface Known {
  readonly probe: SourceProbe | undefined;
  readonly choices: PeerChoices;
}

function nativeDocument(config: PeerConfig, source: PeerSource, { probe, choices }: Known): NativeDocument {
  const { x, y, z, t } = config.extent;
  const [dx, dy, dz] = source.shift ?? [0, 0, 0];
  const moved = ([start, stop]: readonly [number, number], by: number) => [start - by, stop - by];
  const times = t[1] - t[0];
  const isSeries = source.hasTimes && times > 1;
  const dataType = source.dataType ?? probe?.dataType;
  const perTime = probe?.channels ?? 1;
  return {
    version: 1,
    source: {
      plugin: source.plugin,
      params: source.params,
      extent: { x: moved(x, dx), y: moved(y, dy), z: moved(z, dz) },
      ...(source.hasTimes ? { t: isSeries ? t : t[0] } : {}),
      missing: source.fills ? "fill" : "fail",
      corrupt: source.fills === "missing and corrupt" ? "fill" : "fail",
    },
    destination: {
      path: isSeries && choices.times === "volumes" ? `${choices.to.replace(/\/+$/, "")}/t{t}` : choices.to,
      type: dataType === "uint32" || dataType === "uint64" ? "segmentation" : "image",
      ...(dataType === undefined ? {} : { dataType }),
      channels: perTime * (isSeries && choices.times === "channels" ? times : 1),
      resolutionNm: choices.resolutionNm ?? probe?.resolutionNm ?? [null, null, null],
      ...(source.shift ? { voxelOffset: source.shift } : {}),
      bounds: { x, y, z },
    },
  };
}

/** What the peer's server made of the config, or never looked at. */
function notesOf(config: PeerConfig, { times }: PeerChoices, source: PeerSource): string[] {
  const notes = [
    `database ${Object.values(config.database).map(String).join(" / ")}: names only; the volume goes where --to says`,
  ];
  const isInNames = source.plugin === "catmaid" && source.params["zoom"] !== null;
  if (config.resolution !== 0 || isInNames)
    notes.push(
      `resolution ${config.resolution}: ${isInNames ? "the zoom level in the tiles' names" : "not used, the server ignored it"}; the volume begins at mip 0`,
    );
  if (config.type === "tile" && config.unit[2] !== 1)
    notes.push(`tile_size.z ${config.unit[2]}: a tile is one section, as the server had it`);
  if (config.type === "volumetric")
    notes.push(`chunk_size ${config.unit.join(" x ")}: the unit of the upload; chunks of the volume are its own`);
  const count = config.extent.t[1] - config.extent.t[0];
  if (source.hasTimes && count > 1)
    notes.push(
      times === "volumes"
        ? `${count} times: one volume each, {t} in the path`
        : `${count} times: channels of one volume`,
    );
  if (source.dataType !== undefined)
    notes.push(`datatype ${source.dataType}: nothing is cast; a source of a wider type is refused`);
  return notes;
}
