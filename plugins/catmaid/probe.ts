/** What `init` and the plan need to know about a stack, from its names and a sample of headers. */
import { stat } from "node:fs/promises";
import { CirrusError, type PluginContext, type SourceProbe, type TileIndex } from "cirrus/plugin";
import { gridOf, holesOf, sampleOf, type Grid, type Holes } from "./grid.js";
import { compareHeaders } from "./headers.js";
import { layoutOf, pathProcessorOf, type CatmaidParams, type Layout } from "./layout.js";
import { listStack, type Listing, type Section } from "./listing.js";

export async function probeStack(params: CatmaidParams, context: PluginContext): Promise<SourceProbe> {
  const layout = layoutOf(params, context.baseFolder);
  const locate = pathProcessorOf(layout);
  const listing = await listStack(layout);
  const { sections } = listing;
  if (sections.length === 0) throw nothingFound(layout, listing);
  const grid = gridOf(sections);
  const holes = holesOf(sections, grid, locate);
  const agreement = await compareHeaders(sampleOf(sections, grid), { grid, layout, locate });
  const [width, height] = layout.tileSizePx;
  const files = sections.reduce((sum, { places }) => sum + places.length / 2, 0);
  const columns = grid.columns[1] - grid.columns[0];
  const rows = grid.rows[1] - grid.rows[0];
  return {
    extent: {
      x: [grid.columns[0] * width, (grid.columns[1] - 1) * width + agreement.lastWidthPx],
      y: [grid.rows[0] * height, (grid.rows[1] - 1) * height + agreement.lastHeightPx],
      z: grid.z,
    },
    tileSizePx: layout.tileSizePx,
    dataType: agreement.dataType,
    channels: agreement.channels,
    resolutionNm: null, // the layout has no place for it
    missing: holes.missing,
    missingCount: holes.missingCount,
    odd: agreement.odd,
    files,
    sizeBytes: await sizeOf(sections, files, (index) => locate(index)!.url),
    warnings: warningsOf(listing, holes, grid),
    access: agreement.example.access,
    summary: [
      `${sections.length} sections (${grid.z[0]} to ${grid.z[1] - 1}) of ${columns} x ${rows} tiles of ${width} x ${height} pixels, ${layout.extension}`,
      `${agreement.dataType}, ${agreement.channels === 1 ? "1 channel" : `${agreement.channels} channels`}`,
    ],
  };
}

function nothingFound(
  { root, zoom, extension }: Layout,
  { otherExtensions, otherZooms, unfitting }: Listing,
): CirrusError {
  const seen =
    otherExtensions.size > 0
      ? `; its tiles end in .${[...otherExtensions].join(", .")}`
      : otherZooms.size > 0
        ? `; its tiles have zoom ${[...otherZooms].sort((a, b) => a - b).join(", ")}`
        : unfitting.length > 0
          ? `; there is ${unfitting.slice(0, 3).join(", ")}`
          : "";
  return new CirrusError(
    "E_SOURCE_NOT_FOUND",
    `no tiles named <z>/<row>_<column>_${zoom}.${extension} in ${root}${seen}`,
    {
      context: { root, zoom, extension },
      hint: 'check "root", "extension" and "zoom" of the source; "root" is relative to the config file',
    },
  );
}

function warningsOf({ unfitting, unfittingCount, otherExtensions }: Listing, holes: Holes, { z }: Grid): string[] {
  const warnings: string[] = [];
  const { gaps, incomplete } = holes;
  if (gaps.length > 0)
    warnings.push(
      `${count(gaps)} between ${z[0]} and ${z[1] - 1} ${gaps.length === 1 ? "is" : "are"} missing: ${listRanges(gaps)}`,
    );
  if (incomplete.length > 0)
    warnings.push(
      `${count(incomplete)} ${incomplete.length === 1 ? "lacks" : "lack"} tiles that others have: ${listRanges(incomplete)}`,
    );
  if (unfittingCount > 0)
    warnings.push(
      `${unfittingCount} names fit no tile: ${unfitting.join(", ")}${unfittingCount > unfitting.length ? ", ..." : ""}`,
    );
  if (otherExtensions.size > 0) warnings.push(`tiles that end in .${[...otherExtensions].join(", .")} are left out`);
  return warnings;
}

const count = ({ length }: readonly unknown[]): string => (length === 1 ? "1 section" : `${length} sections`);

/** `3, 5-9, 12, ...`: at most twenty ranges. */
function listRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.slice(0, 20).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  return shown.join(", ") + (ranges.length > 20 ? ", ..." : "");
}

/** Files whose sizes are asked for; more are estimated from so many, spread evenly. */
const sizesAsked = 2000;
const sizesAtOnce = 64;

async function sizeOf(
  sections: readonly Section[],
  files: number,
  pathOf: (index: TileIndex) => string,
): Promise<number> {
  const paths: string[] = [];
  const step = Math.max(1, files / sizesAsked);
  let next = 0;
  let seen = 0;
  for (const { z, places } of sections)
    for (let at = 0; at < places.length; at += 2, seen++) {
      if (seen < Math.floor(next)) continue;
      paths.push(pathOf({ z, row: places[at]!, column: places[at + 1]! }));
      next += step;
    }
  let bytes = 0;
  for (let i = 0; i < paths.length; i += sizesAtOnce) {
    // A file that vanished since it was listed counts nothing here; reading it will tell.
    const sizes = paths.slice(i, i + sizesAtOnce).map((path) =>
      stat(path).then(
        (found) => found.size,
        () => 0,
      ),
    );
    for (const size of await Promise.all(sizes)) bytes += size;
  }
  return Math.round((bytes * files) / paths.length);
}
