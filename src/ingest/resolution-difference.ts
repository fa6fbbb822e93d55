/** What a config says of a voxel's size against what the files' own tags say. Pure. */
import type { Vec3 } from "../core/vec3.js";
import type { SourceProbe } from "../tiles/contracts.js";

/** Rounding of tags, and no more. */
const tolerance = 0.01;

/** @returns a sentence, or undefined where they agree within 1 %, or no tag tells anything */
export function resolutionDifference(
  stated: readonly (number | null)[],
  {
    resolutionNm,
    pixelSizeNm,
    resolutionFrom = "tags",
  }: Pick<SourceProbe, "resolutionNm" | "pixelSizeNm" | "resolutionFrom">,
): string | undefined {
  const told: readonly number[] | undefined = (resolutionNm satisfies Vec3 | null) ?? pixelSizeNm;
  const differs = told?.some((nm, i) => {
    const own = stated[i];
    return own !== null && own !== undefined && Math.abs(nm - own) > tolerance * nm;
  });
  if (!told || !differs) return undefined;
  return `the config says ${stated.map((nm) => nm ?? "?").join(" x ")} nm per voxel, the source ${told.join(" x ")}${told.length === 2 ? " per pixel" : ""} (${resolutionFrom})`;
}
