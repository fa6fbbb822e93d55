/** What `init` and the plan need to know about a stack of image files: holes, a look at headers, sizes. No pixels are read. */
import { isCirrusError } from "../../core/errors.js";
import { statLocal } from "../../storage/local-reads.js";
import type { StoreOptions } from "../../storage/store.js";
import { isRemoteUrl, openByteSource, type ByteSource } from "../byte-source.js";
import type { PathProcessor, SourceProbe, TileIndex } from "../contracts.js";
import { canList } from "../folder.js";
import { allTiles, gridOf, holesOf, sampleOf, type Holes, type Section } from "./grid.js";
import { openTiff, pageAt } from "../tiff/open-tiff.js";
import { completeResolution, readResolution, type Resolution } from "../tiff/resolution.js";
import { compareHeaders } from "./headers.js";
import { listRanges } from "./list-ranges.js";

export interface ImageStack {
  /** In the order of z, at least one, each with at least one tile. */
  readonly sections: readonly Section[];
  /** What should be there, where a list tells it; default: what the tiles that are there span. */
  readonly wanted?: readonly Section[];
  readonly locate: PathProcessor;
  /** Folder or URL, for messages. */
  readonly name: string;
  /** undefined: each section is one image, of the size that most have. */
  readonly tileSizePx?: readonly [number, number];
  /** What the names say, for people: "png". */
  readonly form: string;
  /** Of the listing. */
  readonly warnings?: readonly string[];
  readonly stores?: StoreOptions;
}

/** Stacks of so many sections that are one file each have every header read: an odd one is then found by the plan, not by a task. */
const mostLookedAt = 2000;

/** @throws CirrusError as `compareHeaders` */
export async function probeImages(stack: ImageStack): Promise<SourceProbe> {
  const { sections, locate } = stack;
  const isRemote = isRemoteUrl(locate(firstOf(sections))!.url);
  const grid = gridOf(stack.wanted ?? sections);
  const holes = holesOf(sections, grid, locate);
  const files = sections.reduce((sum, { places }) => sum + places.length / 2, 0);
  const isOneEach = files === sections.length && files <= mostLookedAt;
  const looked = isOneEach && !isRemote ? allTiles(sections) : sampleOf(sections, grid);
  const agreement = await compareHeaders(looked, {
    grid,
    name: stack.name,
    locate,
    tileSizePx: stack.tileSizePx,
    stores: stack.stores,
  });
  const [width, height] = agreement.tileSizePx;
  const columns = grid.columns[1] - grid.columns[0];
  const rows = grid.rows[1] - grid.rows[0];
  const { dataType, channels, example } = agreement;
  const resolution = example.format === "tiff" ? await tagsOf(stack) : undefined;
  return {
    extent: {
      x: [grid.columns[0] * width, (grid.columns[1] - 1) * width + agreement.lastWidthPx],
      y: [grid.rows[0] * height, (grid.rows[1] - 1) * height + agreement.lastHeightPx],
      z: grid.z,
    },
    tileSizePx: agreement.tileSizePx,
    dataType,
    channels,
    resolutionNm: resolution ? completeResolution(resolution) : null,
    ...(resolution?.pixelNm ? { pixelSizeNm: resolution.pixelNm, resolutionFrom: resolution.from } : {}),
    missing: holes.missing,
    missingCount: holes.missingCount,
    odd: agreement.odd,
    files,
    sizeBytes: await sizeOf(stack, files),
    warnings: [...warningsOf(holes, grid.z), ...(stack.warnings ?? [])],
    access: example.access,
    ...(example.blockSizePx ? { blockSizePx: example.blockSizePx } : {}),
    summary: [
      `${sections.length} sections (${grid.z[0]} to ${grid.z[1] - 1}) of ${columns} x ${rows} tiles of ${width} x ${height} pixels, ${stack.form}`,
      `${dataType}, ${channels === 1 ? "1 channel" : `${channels} channels`}`,
    ],
  };
}

/** Of the first tile that can be read: tags of a stack are those of the program that wrote it. */
async function tagsOf({ sections, locate, stores }: ImageStack): Promise<Resolution | undefined> {
  const { url } = locate(firstOf(sections))!;
  const source = openByteSource(url, stores);
  try {
    const page = await pageAt(await openTiff(source, url), 0, source);
    return page && (await readResolution(page));
  } catch (error) {
    if (isCirrusError(error)) return undefined; // damaged: told as what it is by the look at headers
    throw error;
  }
}

function warningsOf({ gaps, incomplete }: Holes, z: readonly [number, number]): string[] {
  const warnings: string[] = [];
  if (gaps.length > 0)
    warnings.push(
      `${count(gaps)} between ${z[0]} and ${z[1] - 1} ${gaps.length === 1 ? "is" : "are"} missing: ${listRanges(gaps)}`,
    );
  if (incomplete.length > 0)
    warnings.push(
      `${count(incomplete)} ${incomplete.length === 1 ? "lacks" : "lack"} tiles that others have: ${listRanges(incomplete)}`,
    );
  return warnings;
}

const count = ({ length }: readonly unknown[]): string => (length === 1 ? "1 section" : `${length} sections`);

/** Files whose sizes are asked for; more are estimated from so many, spread evenly. */
const sizesAsked = 2000;
/** A request each. */
const sizesAskedOfStores = 64;
const sizesAtOnce = 64;

/** 0 for tiles of a web server, which would have to send them. */
async function sizeOf({ sections, locate, stores }: ImageStack, files: number): Promise<number> {
  const urlOf = (index: TileIndex): string => locate(index)!.url;
  const first = urlOf(firstOf(sections));
  if (!canList(first)) return 0;
  const urls: string[] = [];
  const step = Math.max(1, files / (isRemoteUrl(first) ? sizesAskedOfStores : sizesAsked));
  let next = 0;
  let seen = 0;
  for (const { z, places } of sections)
    for (let at = 0; at < places.length; at += 2, seen++) {
      if (seen < Math.floor(next)) continue;
      urls.push(urlOf({ z, row: places[at]!, column: places[at + 1]! }));
      next += step;
    }
  let bytes = 0;
  for (let i = 0; i < urls.length; i += sizesAtOnce) {
    // A file that vanished since it was listed counts nothing here; reading it will tell.
    const sizes = urls.slice(i, i + sizesAtOnce).map((url) =>
      sizeOfOne(openByteSource(url, stores)).then(
        (size) => size ?? 0,
        () => 0,
      ),
    );
    for (const size of await Promise.all(sizes)) bytes += size;
  }
  return Math.round((bytes * files) / urls.length);
}

/** A file need not be opened for it. */
const sizeOfOne = async ({ path, sizeBytes }: ByteSource): Promise<number | undefined> =>
  path === undefined ? sizeBytes() : (await statLocal(path)).size;

function firstOf([section]: readonly Section[]): TileIndex {
  const { z, places } = section!; // at least one, with at least one tile
  return { z, row: places[0]!, column: places[1]! };
}
