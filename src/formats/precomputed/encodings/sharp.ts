/** Pixels through libvips. */
import type { default as Sharp } from "sharp";
import { messageOf } from "../../../core/errors.js";
import { corruptChunk } from "./encoding.js";

let loaded: Promise<typeof Sharp> | undefined;

/** At first need: the library takes 30 ms to load, and raw volumes never need it. */
export function loadSharp(): Promise<typeof Sharp> {
  loaded ??= import("sharp").then(({ default: sharp }) => {
    sharp.cache(false); // every chunk is coded once
    sharp.concurrency(1); // processes share the cores already
    return sharp;
  });
  return loaded;
}

export interface PixelForm {
  readonly channels: number;
  readonly depth: "uchar" | "ushort";
}

/**
 * Without a colourspace libvips turns one channel into three (lovell/sharp#1533), and `b-w` would narrow 16 bits to 8.
 */
export const colourspaceOf = ({ channels, depth }: PixelForm): string =>
  depth === "ushort" ? (channels < 3 ? "grey16" : "rgb16") : channels < 3 ? "b-w" : "srgb";

/**
 * Interleaved pixels of an encoded image.
 *
 * @returns bytes in memory of their own, aligned for any type
 * @throws CirrusError `E_CHUNK_CORRUPT` when the image is damaged or not of this form
 */
export async function decodePixels(
  bytes: Uint8Array,
  form: PixelForm & { readonly pixels: number },
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(bytes, { failOn: "warning", limitInputPixels: false, ignoreIcc: true });
  try {
    const header = await image.metadata();
    if (
      header.channels !== form.channels ||
      header.depth !== form.depth ||
      header.width * header.height !== form.pixels
    )
      throw corruptChunk(
        `an image of ${header.width} x ${header.height} pixels with ${header.channels} channels of ${header.depth} in place of ` +
          `${form.pixels} pixels with ${form.channels} channels of ${form.depth}`,
      );
    const { data } = await image
      .toColourspace(colourspaceOf(form))
      .raw({ depth: form.depth })
      .toBuffer({ resolveWithObject: true });
    const expected = form.pixels * form.channels * (form.depth === "ushort" ? 2 : 1);
    if (data.byteLength !== expected) throw corruptChunk(`${data.byteLength} bytes of pixels in place of ${expected}`);
    return new Uint8Array(data);
  } catch (error) {
    throw corruptChunk(messageOf(error), error);
  }
}
