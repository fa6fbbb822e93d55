/** What a TIFF says about the size of a voxel: OME-XML, ImageJ's description, resolution tags, in this order of trust. */
import type { Vec3 } from "../../core/vec3.js";
import { readNumber, readText, type TagReader } from "./directories.js";
import { tags } from "./page.js";

export interface Resolution {
  /** Width and height of a pixel; undefined where nothing trustworthy says it. */
  readonly pixelNm: readonly [number, number] | undefined;
  /** Distance of sections. */
  readonly spacingNm: number | undefined;
  /** For people: where it was read, or why not. */
  readonly from: string;
}

/** All three axes, or null. */
export const completeResolution = ({ pixelNm, spacingNm }: Resolution): Vec3 | null =>
  pixelNm && spacingNm !== undefined ? [pixelNm[0], pixelNm[1], spacingNm] : null;

/** @param page - the first page of a file */
export async function readResolution(page: TagReader): Promise<Resolution> {
  const description = await readDescription(page);
  if (/<OME[\s>]/.test(description)) return resolutionOfOme(description);
  const x = await readNumber(page, tags.xResolution);
  const y = await readNumber(page, tags.yResolution);
  const perUnit = isPositive(x) && isPositive(y) ? ([x, y] as const) : undefined;
  if (description.startsWith("ImageJ=")) return resolutionOfImageJ(description, perUnit);
  return resolutionOfTags(perUnit, (await readNumber(page, tags.resolutionUnit)) ?? 2);
}

/** The text that programs keep their metadata in: ImageJ's lines, OME-XML. "" when there is none. */
export const readDescription = (page: TagReader): Promise<string> => readText(page, tags.description);

/** `images=N` of an ImageJ description; undefined for other descriptions. */
export function imageJPlanes(description: string): number | undefined {
  if (!description.startsWith("ImageJ=")) return undefined;
  const stated = Number(imageJValue(description, "images") ?? "1");
  return Number.isInteger(stated) && stated > 0 ? stated : undefined;
}

export type PageOrder = "CZT" | "CTZ" | "ZCT" | "ZTC" | "TCZ" | "TZC";

/** How many channels, sections and times a description says there are (1 for what it does not name), and which changes fastest from page to page. */
export function hyperstackOf(description: string): {
  channels: number;
  sections: number;
  times: number;
  order: PageOrder;
} {
  if (/<OME[\s>]/.test(description)) {
    const size = (axis: string) => Number(new RegExp(`\\bSize${axis}="(\\d+)"`).exec(description)?.[1] ?? "1");
    const order = /\bDimensionOrder="XY([CZT]{3})"/.exec(description)?.[1] as PageOrder | undefined; // the schema knows these six
    return { channels: size("C"), sections: size("Z"), times: size("T"), order: order ?? "CZT" };
  }
  const count = (key: string) => Number(imageJValue(description, key) ?? "1");
  if (!description.startsWith("ImageJ=")) return { channels: 1, sections: 1, times: 1, order: "CZT" };
  return { channels: count("channels"), sections: count("slices"), times: count("frames"), order: "CZT" };
}

const imageJValue = (description: string, key: string): string | undefined =>
  new RegExp(`^${key}=(.*)$`, "m").exec(description)?.[1]?.trim();

function resolutionOfImageJ(description: string, perUnit: readonly [number, number] | undefined): Resolution {
  const unit = unescapeJava(imageJValue(description, "unit") ?? "");
  const nm = unitsInNm[unit.toLowerCase()];
  if (nm === undefined) return unknown(`ImageJ unit ${unit === "" ? "not given" : `"${unit}"`}`);
  const spacing = Number(imageJValue(description, "spacing"));
  return {
    pixelNm: perUnit ? [rounded(nm / perUnit[0]), rounded(nm / perUnit[1])] : undefined,
    spacingNm: isPositive(spacing) ? rounded(spacing * nm) : undefined,
    from: "ImageJ's description and resolution tags",
  };
}

function resolutionOfOme(description: string): Resolution {
  const size = (axis: string): number | undefined => {
    const value = Number(new RegExp(`\\bPhysicalSize${axis}="([^"]*)"`).exec(description)?.[1]);
    // The schema's default unit is the micrometre.
    const unit = new RegExp(`\\bPhysicalSize${axis}Unit="([^"]*)"`).exec(description)?.[1] ?? "µm";
    const nm = unitsInNm[unit.toLowerCase()];
    return isPositive(value) && nm !== undefined ? rounded(value * nm) : undefined;
  };
  const [x, y] = [size("X"), size("Y")];
  return {
    pixelNm: x !== undefined && y !== undefined ? [x, y] : undefined,
    spacingNm: size("Z"),
    from: "OME PhysicalSizeX, Y, Z",
  };
}

function resolutionOfTags(perUnit: readonly [number, number] | undefined, unit: number): Resolution {
  if (!perUnit) return unknown("no resolution tags");
  const unitNm = ({ 2: 25_400_000, 3: 10_000_000 } as Record<number, number>)[unit];
  if (unitNm === undefined) return unknown("resolution tags without a unit");
  const pixelNm = [rounded(unitNm / perUnit[0]), rounded(unitNm / perUnit[1])] as const;
  // 72, 96, 300, 600 dots per inch are what image programs write when nobody told them: 40 µm and more per pixel.
  if (pixelNm[0] > 40_000 || pixelNm[1] > 40_000) return unknown("resolution tags hold a printing resolution");
  return { pixelNm, spacingNm: undefined, from: "resolution tags" };
}

const unknown = (from: string): Resolution => ({ pixelNm: undefined, spacingNm: undefined, from });

/** Lower case; both micro signs, and what ImageJ writes for them. */
const unitsInNm: Readonly<Record<string, number>> = {
  nm: 1,
  nanometer: 1,
  nanometers: 1,
  å: 0.1,
  angstrom: 0.1,
  um: 1e3,
  µm: 1e3,
  μm: 1e3,
  micron: 1e3,
  microns: 1e3,
  micrometer: 1e3,
  micrometers: 1e3,
  mm: 1e6,
  millimeter: 1e6,
  cm: 1e7,
  centimeter: 1e7,
  inch: 25_400_000,
  m: 1e9,
};

/** ImageJ writes `\u00B5m`. */
const unescapeJava = (text: string): string =>
  text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const isPositive = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value > 0;

/** Rationals of 32 bits carry 9 digits: 4.000000000186 means 4. */
const rounded = (value: number): number => Number(value.toPrecision(7));
