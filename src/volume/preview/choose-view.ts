/** Which mip a preview shows, which part of it, and how large its panels become. Pure. */
import { boxAt, type BoundingBox } from "../../core/bounding-box.js";
import { perAxis, type Vec3 } from "../../core/vec3.js";
import { boundsOf, type VolumeInfo } from "../../formats/precomputed/volume-info.js";

export interface View {
  readonly mip: number;
  /** Voxels of the mip that the panels show; all of them unless the coarsest mip is too large to read. */
  readonly box: BoundingBox;
  /** The voxel that all three sections go through. */
  readonly middle: Vec3;
  /** Pixels that the box takes per axis; every pixel is as wide as high in nm. */
  readonly sizePx: Vec3;
}

export interface ViewLimits {
  /** Of the longest side of what is read; default 1024. */
  readonly mostVoxels?: number;
  /** Of the longest side of a panel; default 1024. */
  readonly mostPx?: number;
}

/** The finest mip whose sides are at most `mostVoxels`, else the middle of the coarsest one. */
export function chooseView(info: VolumeInfo, { mostVoxels = 1024, mostPx = 1024 }: ViewLimits = {}): View {
  const fits = info.scales.findIndex(({ size }) => Math.max(...size) <= mostVoxels);
  const mip = fits < 0 ? info.scales.length - 1 : fits;
  const scale = info.scales[mip]!; // parseInfo leaves no volume without scales
  const { min } = boundsOf(scale);
  const size = perAxis((i) => Math.min(scale.size[i], mostVoxels));
  const box = boxAt(
    perAxis((i) => min[i] + Math.floor((scale.size[i] - size[i]) / 2)),
    size,
  );
  const widthNm = perAxis((i) => size[i] * scale.resolutionNm[i]);
  const nmPerPixel = Math.max(Math.min(...scale.resolutionNm), Math.max(...widthNm) / mostPx);
  return {
    mip,
    box,
    middle: perAxis((i) => box.min[i] + Math.floor(size[i] / 2)),
    sizePx: perAxis((i) => Math.max(1, Math.round(widthNm[i] / nmPerPixel))),
  };
}
