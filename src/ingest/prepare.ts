/** Everything before the first write: loads the plugin, probes the source, plans, and looks at the destination. */
import { CirrusError } from "../core/errors.js";
import { checkDeclaration, type Declaration } from "../provenance/model/declaration.js";
import type { StoreOptions } from "../storage/store.js";
import { normaliseUrl } from "../storage/url.js";
import type { AnyPlugin, MissingTile, OddTile, PluginContext, SourceProbe } from "../tiles/contracts.js";
import { loadPlugin } from "../tiles/load-plugin.js";
import type { SourceConfig } from "./config.js";
import type { LoadedConfig } from "./load-config.js";
import { problemsOf } from "./load-config.js";
import type { DestinationDocument } from "./job-document.js";
import { firstTime, type SourceDocument } from "../tiles/source-document.js";
import { checkNewVolume } from "../volume/check-new-volume.js";
import { chooseForm } from "../volume/stored-form.js";
import { planIngest, type IngestPlan } from "./plan.js";
import { describeOdd } from "../tiles/describe-odd.js";
import { nameOf } from "../tiles/read-tiles.js";
import { encodingMembers } from "./encoding-members.js";
import { volumeInfoOf } from "./volume-info.js";

export interface PrepareInput {
  readonly loaded: LoadedConfig;
  /** From --provenance FILE; instead of the config's. */
  readonly provenance?: unknown;
  readonly store: StoreOptions;
  /** What one worker may use. */
  readonly workerBytes: number;
  /** Worker processes of this machine; default 1. */
  readonly workers?: number;
}

export interface Prepared extends IngestPlan {
  readonly loaded: LoadedConfig;
  readonly probe: SourceProbe;
  readonly source: SourceDocument;
  readonly destination: DestinationDocument;
  readonly store: StoreOptions;
  /** What the one who chose this encoding should know. */
  readonly cautions: readonly string[];
}

/**
 * Reads names and headers of the source; writes nothing.
 *
 * @throws CirrusError for whatever the config and the files' headers can be wrong about, the first problem first: the plugin and its
 * params, the source, the extent, tiles that are missing or odd where the policy is "fail"
 */
export async function prepareIngest(input: PrepareInput): Promise<Prepared> {
  const { loaded, store, workerBytes, workers = 1 } = input;
  const { config, baseFolder } = loaded;
  const plugin = await loadPlugin(config.source.plugin, baseFolder);
  const params = checkParams(plugin, config.source.params, loaded.name);
  const { t, extent } = config.source;
  const probe =
    loaded.probe ??
    (await plugin.probe(params, {
      baseFolder,
      stores: store,
      ...(t === undefined ? {} : { t: firstTime(t) }),
      ...(extent === undefined ? {} : { extent: definedOf(extent) }),
    }));
  const destination = destinationOf(loaded);
  const planned = planIngest({ config, probe, workerBytes, workers, url: destination.url });
  refuseBadTiles(config.source, probe, planned);
  return {
    ...planned,
    cautions: checkNewVolume(volumeInfoOf(planned.plan, destination)),
    loaded,
    probe,
    store,
    source: {
      plugin: config.source.plugin,
      params: config.source.params,
      baseFolder,
      ...(config.source.t === undefined ? {} : { t: config.source.t }),
      tiles: planned.tiles,
      background: config.destination.background,
      missing: config.source.missing,
      corrupt: config.source.corrupt,
    },
    destination,
  };
}

/** Without the axes that are not stated. */
const definedOf = ({ x, y, z }: NonNullable<SourceConfig["extent"]>): NonNullable<PluginContext["extent"]> => ({
  ...(x ? { x } : {}),
  ...(y ? { y } : {}),
  ...(z ? { z } : {}),
});

/** @throws CirrusError `E_PROVENANCE_MISSING`, `E_PROVENANCE_INVALID` */
export const declarationOf = ({ loaded, provenance }: Pick<PrepareInput, "loaded" | "provenance">): Declaration =>
  checkDeclaration(provenance ?? loaded.config.provenance);

function destinationOf({ config, baseFolder }: LoadedConfig): DestinationDocument {
  const { path, encoding, layout, compression, type, backgroundChunks } = config.destination;
  const url = normaliseUrl(path, baseFolder);
  const form = chooseForm({ url, encoding: encodingMembers(encoding).encoding, compression, layout });
  return { url, fsync: true, encoding, form, type, ...(backgroundChunks === "skip" ? { skipsBackground: true } : {}) };
}

export function checkParams(plugin: AnyPlugin, params: unknown, name: string): unknown {
  const parsed = plugin.params.safeParse(params);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, plugin.params).map((line) => `source.params.${line}`);
  throw new CirrusError(
    "E_CONFIG_INVALID",
    `${name}: plugin ${plugin.name} refuses its params:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    {
      context: { problems },
      hint: `\`cirrus plugins ${plugin.name}\` lists its params`,
    },
  );
}

const mostNamed = 20;

/** Tiles of this job's part that the probe has seen to be missing or wrong. */
function refuseBadTiles(
  { missing, corrupt }: Pick<SourceConfig, "missing" | "corrupt">,
  probe: SourceProbe,
  { plan, tiles }: IngestPlan,
): void {
  const isInPart = ({ index }: MissingTile): boolean => {
    const [width, height] = tiles.tileSizePx;
    const min = [
      index.column * width + tiles.shift[0],
      index.row * height + tiles.shift[1],
      index.z + tiles.shift[2],
    ] as const;
    const max = [min[0] + width, min[1] + height, min[2] + 1] as const;
    return min.every((low, i) => low < plan.extent.max[i]! && plan.extent.min[i]! < max[i]!);
  };
  const odd = probe.odd.filter((tile) => isInPart(tile) && !(tile.isCorrupt && corrupt === "fill"));
  const code = odd.every(({ isCorrupt }) => isCorrupt) ? "E_TILE_CORRUPT" : "E_TILE_MISMATCH";
  if (odd.length) throw tilesError(code, code === "E_TILE_CORRUPT" ? "are damaged" : "do not fit", odd, odd.length);
  if (missing === "fill") return;
  const holes = probe.missing.filter(isInPart);
  const isListWhole = probe.missing.length === probe.missingCount;
  if (holes.length)
    throw tilesError("E_TILE_MISSING", "are missing", holes, isListWhole ? holes.length : probe.missingCount);
}

function tilesError(
  code: "E_TILE_MISSING" | "E_TILE_MISMATCH" | "E_TILE_CORRUPT",
  what: string,
  bad: readonly (MissingTile | OddTile)[],
  count: number,
): CirrusError {
  const lines = bad
    .slice(0, mostNamed)
    .map((tile) => `  ${"problem" in tile ? describeOdd(tile) : nameOf(tile.location)}`);
  if (count > lines.length) lines.push(`  ... and ${count - lines.length} more (--json lists them)`);
  const subject =
    count === 1 ? `1 tile ${what.replace("are", "is").replace("do not", "does not")}` : `${count} tiles ${what}`;
  return new CirrusError(code, `${subject}:\n${lines.join("\n")}`, {
    context: { count, names: bad.map((tile) => nameOf(tile.location)) },
  });
}
