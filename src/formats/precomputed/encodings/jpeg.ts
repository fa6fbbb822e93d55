/**
 * `jpeg`: uint8, one or three channels (= components).
 *
 * One channel is the kernels' (docs/decisions/0005-jpeg.md). What they refuse, and three channels, is encoded by libjpeg-turbo directly where that
 * optional package is there: 400 MB/s against 91 MB/s through sharp. It uses the fast integer DCT below quality 96, which costs 0.06 dB at 85 and
 * 0.14 dB at 90 but 0.9 dB at 95, so 91 to 95 go through sharp. It does not decode: its decoder knows only the fast DCT (other pixels than every
 * reader gets) and calls a truncated file "No error".
 */
import type { default as Turbo } from "@julusian/jpeg-turbo";
import { decodeGreyJpeg } from "../../../kernels/jpeg-decode.js";
import { encodeGreyJpeg } from "../../../kernels/jpeg-encode.js";
import { asPlainBytes, checkLength, corruptChunk, voxelsOf, type ChunkEncoding, type ChunkShape } from "./encoding.js";
import { asBytePixels, imageSizeOf, interleave, separate, type ImageSize } from "./image-layout.js";
import { colourspaceOf, decodePixels, loadSharp } from "./sharp.js";

/** The library's limit, JPEG_MAX_DIMENSION. */
const longestSidePx = 65_500;
/** cloud-volume's: EM becomes 2.5 times smaller. */
export const defaultJpegQuality = 85;

export const jpeg: ChunkEncoding = {
  name: "jpeg",
  isLossy: true,
  isCompressed: true,
  refuses({ dataType, channels }) {
    if (dataType !== "uint8") return `jpeg holds uint8 only, not ${dataType}`;
    return channels === 1 || channels === 3 ? undefined : `jpeg holds 1 or 3 channels, not ${channels}`;
  },
  cautions({ channels }) {
    if (channels === 1) return undefined;
    return "cloud-volume (12.15.2) shuffles voxels and channels when it reads jpeg with 3 channels, its own too; TensorStore and Neuroglancer read them";
  },
  async encode(voxels, shape, { jpegQuality = defaultJpegQuality }) {
    checkLength(voxels, shape);
    const size = imageSizeOf(shape.size, longestSidePx);
    const image = { widthPx: size.width, heightPx: size.height, data: asBytePixels(voxels) };
    const grey = shape.channels === 1 ? encodeGreyJpeg(image, jpegQuality) : undefined;
    if (grey) return grey;
    const pixels = interleave(image.data, shape.channels);
    const turbo = jpegQuality > 90 && jpegQuality < 96 ? undefined : await loadTurbo();
    if (turbo) return encodeByTurbo(turbo, pixels, { ...size, channels: shape.channels, quality: jpegQuality });
    const sharp = await loadSharp();
    const form = { channels: shape.channels, depth: "uchar" } as const;
    const encoded = await sharp(pixels, { raw: { ...size, channels: asChannels(shape) }, limitInputPixels: false })
      .toColourspace(colourspaceOf(form))
      .jpeg({ quality: jpegQuality, chromaSubsampling: "4:4:4" })
      .toBuffer();
    return asPlainBytes(encoded);
  },
  async decode(bytes, shape) {
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw corruptChunk("it does not start like a JPEG file");
    const pixels = voxelsOf(shape) / shape.channels;
    const grey = shape.channels === 1 ? decodeGreyJpeg(bytes) : undefined;
    if (grey?.data.length === pixels) return grey.data;
    return separate(await decodePixels(bytes, { pixels, channels: shape.channels, depth: "uchar" }), shape.channels);
  },
};

const asChannels = ({ channels }: ChunkShape): 1 | 3 => (channels === 1 ? 1 : 3);

function encodeByTurbo(
  turbo: typeof Turbo,
  pixels: Uint8Array,
  { width, height, channels, quality }: ImageSize & { readonly channels: number; readonly quality: number },
): Uint8Array {
  const bytes = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const form =
    channels === 1
      ? { format: turbo.FORMAT_GRAY, subsampling: turbo.SAMP_GRAY }
      : { format: turbo.FORMAT_RGB, subsampling: turbo.SAMP_444 };
  // The result is a window of a buffer for the worst case, larger than the pixels.
  return new Uint8Array(turbo.compressSync(bytes, { ...form, width, height, quality }));
}

let loaded: Promise<typeof Turbo | undefined> | undefined;

/** undefined where the optional package is not installed. */
function loadTurbo(): Promise<typeof Turbo | undefined> {
  loaded ??= import("@julusian/jpeg-turbo").then(
    (module) => module.default,
    () => undefined,
  );
  return loaded;
}
