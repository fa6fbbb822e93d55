/** What one page of a TIFF says about its pixels: size, type, how they are cut into strips or tiles, how these are coded. */
import { bytesPerVoxel, type DataType } from "../../core/data-type.js";
import { corruptImage, unsupportedImage, type ImageHeader } from "../images/image-form.js";
import { checkFields, hasTag, readNumber, readNumbers, type TagReader } from "./directories.js";
import { streamedBytes } from "../row-batches.js";
import { compressionNames, isDeflate, isSupported, jpegCompression, uncompressed } from "./decompress.js";

export const tags = {
  newSubfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
} as const;

export const photometrics = { minIsWhite: 0, minIsBlack: 1, rgb: 2, palette: 3, ycbcr: 6 } as const;

export interface PageForm extends ImageHeader {
  readonly format: "tiff";
  readonly compression: number;
  readonly predictor: number;
  readonly photometric: number;
  /** True when each channel has blocks of its own (planar configuration 2). */
  readonly isPlanar: boolean;
  /** Lowest stored value is white. The stored values are given out, as every TIFF library does. */
  readonly isMinWhite: boolean;
  readonly isTiled: boolean;
  /** Of a strip (as wide as the page) or tile. */
  readonly blockWidthPx: number;
  readonly blockHeightPx: number;
}

/** A page with its form, ready to decode. */
export interface Page extends TagReader {
  readonly form: PageForm;
  /** For messages: the file, and the page where there are several. */
  readonly name: string;
  /** How far behind the directory's own pixels this page's are: planes of an ImageJ stack share a directory. */
  readonly planeOffset: number;
}

/**
 * Reads the tags that say how the pixels are stored; no pixels.
 *
 * @throws CirrusError `E_TILE_CORRUPT` when the tags contradict each other; a form that is not read exactly has a `refusal`
 */
export async function readPageForm(page: TagReader, name: string): Promise<PageForm> {
  checkFields(page.file, page.directory);
  const number = async (tag: number, otherwise: number) => (await readNumber(page, tag)) ?? otherwise;
  const [widthPx, heightPx] = [await number(tags.width, 0), await number(tags.height, 0)];
  const channels = await number(tags.samplesPerPixel, 1);
  if (!(widthPx > 0 && heightPx > 0 && channels > 0)) throw corruptImage(name, "TIFF page without a size");
  const bits = await readNumbers(page, tags.bitsPerSample);
  const formats = await readNumbers(page, tags.sampleFormat);
  const bitsPerSample = bits[0] ?? 1;
  const compression = await number(tags.compression, 1);
  const predictor = await number(tags.predictor, 1);
  const photometric = await number(tags.photometric, 1);
  const isTiled = hasTag(page, tags.tileWidth);
  const rowsPerStrip = Math.min(await number(tags.rowsPerStrip, heightPx), heightPx);
  const blockWidthPx = isTiled ? await number(tags.tileWidth, 0) : widthPx;
  const blockHeightPx = isTiled ? await number(tags.tileLength, 0) : rowsPerStrip;
  if (!(blockWidthPx > 0 && blockHeightPx > 0)) throw corruptImage(name, "TIFF page with empty strips or tiles");
  const dataType = isUniform(bits) && isUniform(formats) ? dataTypeFor(bitsPerSample, formats[0] ?? 1) : undefined;
  const isJpeg = compression === jpegCompression;
  const isPlanar = channels > 1 && (await number(tags.planarConfiguration, 1)) === 2;
  const refusal =
    refusalOfColour({ photometric, channels, isJpeg, extra: await readNumbers(page, tags.extraSamples) }) ??
    (isJpeg ? refusalOfJpeg({ channels, isPlanar, photometric, dataType }) : undefined) ??
    (dataType ? undefined : describeSamples(bits, formats)) ??
    ((await number(tags.fillOrder, 1)) === 1 ? undefined : "bits in reversed order") ??
    refusalOfCoding(compression, predictor, dataType);
  return {
    format: "tiff",
    widthPx,
    heightPx,
    dataType: refusal === undefined ? dataType : undefined,
    channels,
    bitsPerSample,
    ...accessOf({ compression, isTiled, blockWidthPx, blockHeightPx, heightPx }, channels * (bitsPerSample / 8)),
    compression,
    predictor,
    photometric,
    isPlanar,
    isMinWhite: photometric === photometrics.minIsWhite,
    isTiled,
    blockWidthPx,
    blockHeightPx,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

type Blocks = Pick<PageForm, "compression" | "isTiled" | "blockWidthPx" | "blockHeightPx" | "heightPx">;

function accessOf(form: Blocks, pixelBytes: number): Pick<PageForm, "access" | "blockSizePx"> {
  const { compression, isTiled, blockWidthPx, blockHeightPx, heightPx } = form;
  if (isTiled) return { access: "blocks", blockSizePx: [blockWidthPx, blockHeightPx] };
  if (compression === uncompressed) return { access: "rows", blockSizePx: [blockWidthPx, 1] };
  if (blockHeightPx < heightPx) return { access: "rows", blockSizePx: [blockWidthPx, blockHeightPx] };
  // See stream-block.ts: strips that are too big for memory wait where the part above ended.
  const isLong = blockWidthPx * blockHeightPx * pixelBytes > streamedBytes;
  return { access: isLong && isDeflate(compression) ? "downward" : "whole" };
}

/** The data type of a page that can be read; throws the refusal of one that cannot. */
export function readableType(form: PageForm, name: string): DataType {
  if (form.refusal !== undefined || !form.dataType) throw unsupportedImage(name, `TIFF with ${form.refusal}`);
  return form.dataType;
}

const isUniform = (values: Float64Array): boolean => values.every((value) => value === values[0]);

/** Sample formats: 1 unsigned, 2 signed, 3 floating point, 4 undefined (read as unsigned, as libtiff does). */
function dataTypeFor(bits: number, format: number): DataType | undefined {
  const kind = format === 3 ? "float" : format === 2 ? "int" : format === 1 || format === 4 ? "uint" : "other";
  const known: Readonly<Record<string, DataType>> = {
    uint8: "uint8",
    uint16: "uint16",
    uint32: "uint32",
    uint64: "uint64",
    int8: "int8",
    int16: "int16",
    int32: "int32",
    float32: "float32",
  };
  return known[`${kind}${bits}`];
}

function describeSamples(bits: Float64Array, formats: Float64Array): string {
  if (!isUniform(bits) || !isUniform(formats)) return "channels of different types";
  const kind =
    ({ 1: "unsigned", 2: "signed", 3: "floating-point" } as Record<number, string>)[formats[0] ?? 1] ?? "complex";
  return `${bits[0] ?? 1}-bit ${kind} samples`;
}

interface Colour {
  readonly photometric: number;
  readonly channels: number;
  readonly isJpeg: boolean;
  readonly extra: Float64Array;
}

function refusalOfColour({ photometric, channels, isJpeg, extra }: Colour): string | undefined {
  if (extra.some((kind) => kind === 1 || kind === 2)) return "an alpha channel";
  // Its decoders give RGB.
  if (photometric === photometrics.ycbcr && isJpeg) return undefined;
  if (photometric === photometrics.palette) return "palette colours (its pixels are indices, not intensities)";
  if (photometric === photometrics.rgb) return channels < 3 ? "RGB colours in fewer than 3 channels" : undefined;
  if (photometric === photometrics.minIsWhite || photometric === photometrics.minIsBlack) return undefined;
  const names: Readonly<Record<number, string>> = { 4: "a transparency mask", 5: "CMYK", 6: "YCbCr", 8: "CIELab" };
  return `${names[photometric] ?? `photometric interpretation ${photometric}`} colours`;
}

interface JpegForm {
  readonly channels: number;
  readonly isPlanar: boolean;
  readonly photometric: number;
  readonly dataType: DataType | undefined;
}

function refusalOfJpeg({ channels, isPlanar, photometric, dataType }: JpegForm): string | undefined {
  if (dataType !== undefined && dataType !== "uint8") return `JPEG compression of ${dataType} samples`;
  if (photometric === photometrics.ycbcr && isPlanar) return "JPEG compression of YCbCr colours in planes";
  const components = isPlanar ? 1 : channels;
  return components === 1 || components === 3 ? undefined : `JPEG compression of ${channels} channels`;
}

function refusalOfCoding(compression: number, predictor: number, dataType: DataType | undefined): string | undefined {
  if (!isSupported(compression)) return `${compressionNames[compression] ?? `compression ${compression}`} compression`;
  if (predictor === 1 || predictor === 2) return undefined;
  if (predictor === 3 && dataType === "float32") return undefined;
  return `predictor ${predictor}`;
}

export const pixelBytesOf = (form: PageForm, dataType: DataType): number =>
  bytesPerVoxel(dataType) * (form.isPlanar ? 1 : form.channels);
