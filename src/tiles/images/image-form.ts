/** How an image stores its pixels, as its header says, and whether that form can be given out exactly. */
import { CirrusError } from "../../core/errors.js";
import type { DataType } from "../../core/data-type.js";
import type { SourceProbe } from "../contracts.js";

export type ImageFormat = "png" | "jpeg" | "tiff";

/** A width and height without pixels. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the pixels as they are given out; undefined when `refusal` says why they are not. */
  readonly dataType: DataType | undefined;
  /** 1 for grey, 3 for RGB; more where a TIFF says so. */
  readonly channels: number;
  /** As stored: 1, 4, 8, 12, 16, 32, 64. */
  readonly bitsPerSample: number;
  /** What a part of the image costs, as a probe says it. */
  readonly access: SourceProbe["access"];
  readonly blockSizePx?: readonly [number, number];
  /** Why the pixels cannot be given out exactly: "palette colours", ... */
  readonly refusal?: string;
}

/** The format by its first bytes (8 are enough), whatever the name's extension says. */
export function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return "jpeg";
  if (startsWith(bytes, 0x49, 0x49, 0x2a, 0) || startsWith(bytes, 0x4d, 0x4d, 0, 0x2a)) return "tiff";
  if (startsWith(bytes, 0x49, 0x49, 0x2b, 0) || startsWith(bytes, 0x4d, 0x4d, 0, 0x2b)) return "tiff"; // BigTIFF
  return undefined;
}

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

/** `name` is how the message calls the image: its path, with the page where there are several. */
export const corruptImage = (name: string, problem: string, cause?: unknown): CirrusError =>
  new CirrusError("E_TILE_CORRUPT", `${name} is damaged: ${problem}`, { context: { location: name, problem }, cause });

export const unsupportedImage = (name: string, form: string): CirrusError =>
  new CirrusError("E_SOURCE_UNSUPPORTED", `${name} cannot be read exactly: ${form}`, {
    context: { location: name, form },
  });
