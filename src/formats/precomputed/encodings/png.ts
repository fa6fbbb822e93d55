/** `png`: lossless, uint8, one channel; chunks of other writers with 16 bits or 2 to 4 channels are read. */
import { asVoxels } from "../../../core/data-type.js";
import { asPlainBytes, checkLength, corruptChunk, voxelsOf, type ChunkEncoding } from "./encoding.js";
import { asBytePixels, imageSizeOf, separate } from "./image-layout.js";
import { decodePixels, loadSharp } from "./sharp.js";

/** libvips accepts no larger raw images. */
const longestSidePx = 65_535;
/** 29 MB/s and 0.82 of raw EM; 9 saves 0.1 % more. */
export const defaultPngLevel = 6;

export const png: ChunkEncoding = {
  name: "png",
  isLossy: false,
  isCompressed: true,
  refuses({ dataType, channels }) {
    if (dataType === "uint16")
      return "cloud-volume (12.15.2) cannot read png chunks of uint16; raw holds them and every reader reads it";
    if (dataType !== "uint8") return `png holds uint8 only, not ${dataType}`;
    if (channels === 1) return undefined;
    return `cloud-volume (12.15.2) shuffles voxels and channels when it reads png with ${channels} channels; raw is read right by every reader`;
  },
  async encode(voxels, shape, { pngLevel = defaultPngLevel }) {
    checkLength(voxels, shape);
    const sharp = await loadSharp();
    const raw = { ...imageSizeOf(shape.size, longestSidePx), channels: 1 } as const;
    const encoded = await sharp(asBytePixels(voxels), { raw, limitInputPixels: false })
      .toColourspace("b-w")
      .png({ compressionLevel: pngLevel, adaptiveFiltering: true })
      .toBuffer();
    return asPlainBytes(encoded);
  },
  async decode(bytes, shape) {
    if (!isWholePng(bytes)) throw corruptChunk("it does not start and end like a PNG file");
    const { channels, dataType } = shape;
    const pixels = voxelsOf(shape) / channels;
    if (dataType === "uint8")
      return separate(await decodePixels(bytes, { pixels, channels, depth: "uchar" }), channels);
    const decoded = asVoxels("uint16", await decodePixels(bytes, { pixels, channels, depth: "ushort" }));
    return separate(decoded as Uint16Array, channels); // what asVoxels gives for uint16
  },
};

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const end = [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]; // IEND and its checksum: libvips does not miss them

function isWholePng(bytes: Uint8Array): boolean {
  const tail = bytes.length - end.length;
  return signature.every((value, i) => bytes[i] === value) && end.every((value, i) => bytes[tail + i] === value);
}
