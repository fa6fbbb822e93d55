/** The `info` document, text to VolumeInfo and back. A rewrite keeps what it does not know, numbers digit for digit. */
import { CirrusError } from "../../core/errors.js";
import { parseLossless } from "../../core/json/parse.js";
import { stringifyLossless } from "../../core/json/stringify.js";
import { toPlain, type JsonObject, type JsonValue } from "../../core/json/value.js";
import { infoSchema, multiscaleType, type ScaleDocument } from "./info-schema.js";
import type { Scale, ShardingSpec, VolumeInfo } from "./volume-info.js";

export const infoKey = "info";

/**
 * @param source - text, or its bytes (UTF-8)
 * @param name - of the document, for messages
 * @throws CirrusError `E_VOLUME_INVALID`, one sentence naming the member and the rule that it breaks
 */
export function parseInfo(source: string | Uint8Array, name?: string): VolumeInfo {
  const result = infoSchema.safeParse(toPlain(parseDocument(source, name)));
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    const member = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    throw invalid(`${member.replace(/^\./, "") || "the document"} ${message}`, { name });
  }
  const { type, data_type, num_channels, scales } = result.data;
  return { type, dataType: data_type, channels: num_channels, scales: scales.map(scaleFrom) };
}

/** The form of CloudVolume's writer (keys sorted, 2 spaces, ASCII, no newline at the end), with `@type`. */
export function serializeInfo(info: VolumeInfo): string {
  const document: JsonObject = {
    "@type": multiscaleType,
    type: info.type,
    data_type: info.dataType,
    num_channels: info.channels,
    scales: info.scales.map(scaleDocument),
  };
  return stringifyLossless(document, "cloudvolume");
}

/**
 * The same document with more scales at its end; everything else stays as it was written, in its order.
 *
 * @throws CirrusError `E_VOLUME_INVALID` when the text, or what would come out, breaks a rule
 */
export function appendScales(source: string | Uint8Array, scales: readonly Scale[]): string {
  parseInfo(source);
  const document = parseDocument(source) as JsonObject & { readonly scales: readonly JsonValue[] }; // as parseInfo has checked
  const text = stringifyLossless({ ...document, scales: [...document.scales, ...scales.map(scaleDocument)] }, "pretty");
  parseInfo(text);
  return text;
}

function parseDocument(source: string | Uint8Array, name?: string): JsonValue {
  try {
    const text = typeof source === "string" ? source : new TextDecoder("utf-8", { fatal: true }).decode(source);
    return parseLossless(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw invalid(`it is no JSON: ${cause.message}`, { name, cause });
    if (cause instanceof TypeError) throw invalid("it is no UTF-8 text", { name, cause });
    throw cause;
  }
}

const invalid = (
  rule: string,
  { name = "the volume's info", cause }: { readonly name?: string | undefined; readonly cause?: unknown },
): CirrusError => new CirrusError("E_VOLUME_INVALID", `${name} breaks the precomputed format: ${rule}`, { cause });

function scaleFrom(document: ScaleDocument): Scale {
  const { sharding } = document;
  return {
    key: document.key,
    resolutionNm: document.resolution,
    size: document.size,
    voxelOffset: document.voxel_offset ?? [0, 0, 0],
    chunkSize: document.chunk_sizes[0]!,
    encoding: document.encoding,
    ...(document.jpeg_quality !== undefined && { jpegQuality: document.jpeg_quality }),
    ...(document.png_level !== undefined && { pngLevel: document.png_level }),
    ...(document.compressed_segmentation_block_size && { blockSize: document.compressed_segmentation_block_size }),
    ...(sharding && { sharding: shardingFrom(sharding) }),
    ...(document.hidden !== undefined && { hidden: document.hidden }),
  };
}

const shardingFrom = (document: NonNullable<ScaleDocument["sharding"]>): ShardingSpec => ({
  hash: document.hash,
  preshiftBits: document.preshift_bits,
  minishardBits: document.minishard_bits,
  shardBits: document.shard_bits,
  minishardIndexEncoding: document.minishard_index_encoding ?? "raw",
  dataEncoding: document.data_encoding ?? "raw",
});

/** Members that are not set are left out: `null` would keep Neuroglancer from opening the volume. */
function scaleDocument(scale: Scale): JsonObject {
  const { sharding } = scale;
  return {
    key: scale.key,
    size: scale.size,
    resolution: scale.resolutionNm,
    voxel_offset: scale.voxelOffset,
    chunk_sizes: [scale.chunkSize],
    encoding: scale.encoding,
    ...(scale.jpegQuality !== undefined && { jpeg_quality: scale.jpegQuality }),
    ...(scale.pngLevel !== undefined && { png_level: scale.pngLevel }),
    ...(scale.blockSize && { compressed_segmentation_block_size: scale.blockSize }),
    ...(sharding && { sharding: shardingDocument(sharding) }),
    ...(scale.hidden !== undefined && { hidden: scale.hidden }),
  };
}

const shardingDocument = (sharding: ShardingSpec): JsonObject => ({
  "@type": "neuroglancer_uint64_sharded_v1",
  hash: sharding.hash,
  preshift_bits: sharding.preshiftBits,
  minishard_bits: sharding.minishardBits,
  shard_bits: sharding.shardBits,
  minishard_index_encoding: sharding.minishardIndexEncoding,
  data_encoding: sharding.dataEncoding,
});
