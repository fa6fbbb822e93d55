/** What `cirrus init` tells a person about the files that it found. */
import { resolutionDifference } from "../ingest/resolution-difference.js";
import type { SourceProbe } from "../tiles/contracts.js";
import { describeOdd } from "../tiles/describe-odd.js";
import type { DraftConfig } from "./draft-config.js";
import { formatBytes, formatCount, formatCounted } from "./format.js";

export interface SourceDescription {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** Names that are printed; the config and `--json` have more. */
const named = 5;

export function describeSource(
  pluginName: string,
  probe: SourceProbe,
  { destination }: DraftConfig,
): SourceDescription {
  const { x, y, z, t } = probe.extent;
  const size = [x, y, z].map(([start, stop]) => formatCount(stop - start)).join(" x ");
  const lines = [
    `source: ${pluginName}, ${formatCounted(probe.files, "file")}, ${formatBytes(probe.sizeBytes)}`,
    ...probe.summary.map((line) => `  ${line}`),
    `extent: x [${x.join(", ")})  y [${y.join(", ")})  z [${z.join(", ")}), ${size} voxels`,
    ...(t && t[1] - t[0] > 1 ? [`times: ${t[0]} to ${t[1] - 1}; the config takes ${t[0]}: see "t"`] : []),
    `resolution: ${resolutionText(probe, destination)}`,
  ];
  if (destination.type === "segmentation")
    lines.push(`type: segmentation, guessed from ${probe.dataType}; an image says "type": "image"`);
  const difference = resolutionDifference(destination.resolutionNm, probe);
  const warnings = [...probe.warnings, ...(difference === undefined ? [] : [difference])];
  if (probe.missingCount) {
    const urls = probe.missing
      .slice(0, named)
      .map(({ location: { url, page } }) => (page === undefined ? url : `${url} page ${page}`));
    const more = probe.missingCount > urls.length ? ", ..." : "";
    warnings.push(`${formatCounted(probe.missingCount, "tile")} missing inside the extent: ${urls.join(", ")}${more}`);
  }
  for (const tile of probe.odd.slice(0, named)) warnings.push(describeOdd(tile));
  if (probe.odd.length > named) warnings.push(`${formatCount(probe.odd.length - named)} more files do not fit`);
  return { lines, warnings };
}

function resolutionText(probe: SourceProbe, { resolutionNm }: DraftConfig["destination"]): string {
  if (resolutionNm.every((side) => side === null)) return "no tag tells it: fill it in, or give --resolution-nm x,y,z";
  const text = `${resolutionNm.map((side) => side ?? "?").join(" x ")} nm`;
  const from =
    resolutionNm.join() === probe.resolutionNm?.join() || resolutionNm.includes(null)
      ? probe.resolutionFrom
      : undefined;
  return `${text}${from ? ` (${from})` : ""}${resolutionNm.includes(null) ? ": fill in the distance of sections" : ""}`;
}
