/** The state with which Neuroglancer opens at a volume, and links that hold it. Pure. */
import { perAxis, type Vec3 } from "../core/vec3.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";
import type { Contrast } from "../volume/preview/colours.js";
import { isColour } from "../volume/sample-contrast.js";

export interface ViewerState {
  readonly title: string;
  /** Metres per voxel. */
  readonly dimensions: Readonly<Record<"x" | "y" | "z", readonly [number, "m"]>>;
  /** Voxels of the finest scale. */
  readonly position: Vec3;
  /** Finest voxels per pixel. */
  readonly crossSectionScale: number;
  /** Finest voxels that the 3-D panel is high. */
  readonly projectionScale: number;
  readonly layers: readonly [ViewerLayer];
  readonly selectedLayer: { readonly visible: boolean; readonly layer: string };
  readonly layout: "4panel";
}

export interface ViewerLayer {
  readonly type: "image" | "segmentation";
  readonly name: string;
  /** `precomputed://` and a URL. */
  readonly source: string;
  readonly shader?: string;
  readonly shaderControls?: { readonly normalized: { readonly range: readonly [number | string, number | string] } };
}

export interface ViewOf {
  readonly name: string;
  /** Where the page finds the volume, without `precomputed://`. */
  readonly source: string;
  readonly info: VolumeInfo;
  /** null: the full range of the type. */
  readonly contrast: Contrast | null;
}

/** One of the four panels of a small window; what fits into it fits into larger ones. */
const panelPx = { width: 420, height: 300 };

const greyShader = "#uicontrol invlerp normalized\nvoid main() {\n  emitGrayscale(normalized());\n}\n";
const colourShader =
  "void main() {\n  emitRGB(vec3(toNormalized(getDataValue(0)), toNormalized(getDataValue(1)), toNormalized(getDataValue(2))));\n}\n";

/** Opens in the middle of the volume, at a scale that shows all of it. */
export function viewerState({ name, source, info, contrast }: ViewOf): ViewerState {
  const { resolutionNm, size, voxelOffset } = info.scales[0]!; // parseInfo leaves no volume without scales
  const finestNm = Math.min(...resolutionNm);
  // Across and down of the panels xy, xz and zy.
  const widthVx = perAxis((axis) => (size[axis] * resolutionNm[axis]) / finestNm);
  const across = Math.max(widthVx[0], widthVx[2]);
  const down = Math.max(widthVx[1], widthVx[2]);
  return {
    title: name,
    dimensions: { x: metres(resolutionNm[0]), y: metres(resolutionNm[1]), z: metres(resolutionNm[2]) },
    position: perAxis((axis) => voxelOffset[axis] + Math.floor(size[axis] / 2) + 0.5),
    crossSectionScale: rounded(Math.max(across / panelPx.width, down / panelPx.height)),
    projectionScale: rounded(Math.max(...widthVx) * 1.6),
    layers: [{ ...layerOf(info, contrast), name, source: `precomputed://${source}` }],
    selectedLayer: { visible: false, layer: name },
    layout: "4panel",
  };
}

function layerOf(info: VolumeInfo, contrast: Contrast | null): Pick<ViewerLayer, "type" | "shader" | "shaderControls"> {
  if (info.type === "segmentation") return { type: "segmentation" };
  if (isColour(info)) return { type: "image", shader: colourShader };
  if (!contrast) return { type: "image", shader: greyShader };
  const { low } = contrast;
  const high = contrast.high > low ? contrast.high : low + 1;
  return {
    type: "image",
    shader: greyShader,
    shaderControls: { normalized: { range: [written(low), written(high)] } },
  };
}

/** nm to m by division, which gives the number that the text `4e-9` gives; multiplication does not (google/neuroglancer#719). */
const metres = (nm: number): readonly [number, "m"] => [nm / 1e9, "m"];

/** JSON numbers are exact below 2^53 only; above, a number's digits as text. */
const written = (value: number): number | string =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value).toString() : value;

const rounded = (value: number): number => Number(value.toPrecision(4));

/** `<page>#!<state>` */
export const linkTo = (page: string, state: ViewerState): string =>
  `${page}#!${encodeURIComponent(JSON.stringify(state))}`;

/** The Neuroglancer of its authors, for volumes that it can read itself: in buckets and on web servers. */
const publicPage = "https://neuroglancer-demo.appspot.com/";

/** @param url - normalised URL of the volume; undefined when it is on no public kind of store */
export function publicLink(view: Omit<ViewOf, "source">, url: string): string | undefined {
  return /^(gs|s3|https):\/\//.test(url) ? linkTo(publicPage, viewerState({ ...view, source: url })) : undefined;
}
