/** `cirrus copy`: the job config that reads a volume and makes another one. */
import { CirrusError } from "../core/errors.js";
import type { JsonObject } from "../core/json/value.js";
import type { StoreOptions } from "../storage/store.js";
import { normaliseUrl } from "../storage/url.js";
import { loadPlugin } from "../tiles/load-plugin.js";
import { openVolume } from "../volume/open-volume.js";
import { isCirrusError } from "../core/errors.js";
import { parseJobConfig, type LoadedConfig } from "./load-config.js";

export interface CopyRequest {
  /** Paths or URLs, relative to `cwd`. */
  readonly source: string;
  readonly destination: string;
  readonly motivation: string;
  readonly mip: number;
  readonly encoding: string;
  /** As the job config's. */
  readonly compression: string;
  readonly sharding: "auto" | null;
  readonly missing: "fail" | "fill";
  readonly chunkSize: readonly [number, number, number] | undefined;
  readonly resolutionNm: readonly [number, number, number] | undefined;
  readonly type: "image" | "segmentation" | undefined;
  readonly zarr: { readonly array: string | undefined; readonly axes: string | undefined };
  readonly cwd: string;
  readonly stores: StoreOptions;
}

/** @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNSUPPORTED`, `E_CONFIG_INVALID`, `E_USAGE` when source and destination are one */
export async function copyConfig(request: CopyRequest): Promise<LoadedConfig> {
  const { cwd, stores, mip, encoding, compression, sharding, missing, chunkSize, zarr } = request;
  const url = normaliseUrl(request.source, cwd);
  const to = normaliseUrl(request.destination, cwd);
  if (url === to)
    throw new CirrusError("E_USAGE", `${url} cannot be copied to itself`, { hint: "choose another destination" });
  const { array, axes } = zarr;
  const params = { path: url, mip, ...(array === undefined ? {} : { array }), ...(axes === undefined ? {} : { axes }) };
  const plugin = await loadPlugin("volume", cwd);
  const parsed = plugin.params.safeParse(params);
  if (!parsed.success)
    throw new CirrusError(
      "E_USAGE",
      parsed.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("; "),
    );
  const probe = await plugin.probe(parsed.data, { baseFolder: cwd, stores });
  const resolutionNm = request.resolutionNm ?? probe.resolutionNm;
  if (!resolutionNm)
    throw new CirrusError("E_USAGE", `${url} does not tell the size of a voxel`, {
      hint: "give --resolution-nm x,y,z",
    });
  const document = {
    version: 1,
    source: { plugin: "volume", params, missing, corrupt: missing },
    destination: {
      path: to,
      type:
        request.type ??
        (await typeOf(url, stores)) ??
        (/^uint(32|64)$/.test(probe.dataType) ? "segmentation" : "image"),
      dataType: probe.dataType,
      channels: probe.channels,
      resolutionNm,
      encoding,
      compression,
      sharding,
      ...(chunkSize ? { chunkSize } : {}),
    },
    provenance: {
      sources: [url],
      motivation: request.motivation,
      process: { description: `copy mip ${mip} of a volume`, parameters: { mip, encoding, missing } },
    },
  };
  return {
    config: parseJobConfig(document as unknown as JsonObject, "the copy"), // strings, numbers and lists of them
    baseFolder: cwd,
    name: "the copy",
    probe,
  };
}

/** Of a precomputed volume; Zarr arrays do not tell. */
async function typeOf(url: string, stores: StoreOptions): Promise<"image" | "segmentation" | undefined> {
  try {
    const volume = await openVolume(url, stores);
    await volume.close();
    return volume.info.type;
  } catch (error) {
    if (isCirrusError(error, "E_VOLUME_NOT_FOUND")) return undefined;
    throw error;
  }
}
