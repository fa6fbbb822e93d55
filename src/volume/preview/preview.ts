/**
 * A look at a volume: one PNG with three sections through its middle, pixels as wide as high in nm.
 *
 *     +------+----+
 *     |  xy  | zy |
 *     +------+----+
 *     |  xz  |
 *     +------+
 */
import type { BoundingBox } from "../../core/bounding-box.js";
import type { Cutout } from "../../core/cutout.js";
import { perAxis } from "../../core/vec3.js";
import { encodePicture, type Picture } from "../../formats/precomputed/encodings/png-image.js";
import type { VolumeInfo } from "../../formats/precomputed/volume-info.js";
import type { KeyValueStore } from "../../storage/store.js";
import { readBox } from "../read-box.js";
import { chooseView, type View, type ViewLimits } from "./choose-view.js";
import { contrastOf, greyOf, labelColour, type Contrast, type Rgb } from "./colours.js";

export interface Preview {
  /** The file. */
  readonly png: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly mip: number;
  /** What the panels show, in voxels of the mip. */
  readonly box: BoundingBox;
  /** Values shown black and white; null for labels and for colour images, which are shown as they are. */
  readonly contrast: Contrast | null;
}

const gapPx = 4;
const gapColour: Rgb = [64, 64, 64];

type Axis = 0 | 1 | 2;
interface Panel {
  readonly across: Axis;
  readonly down: Axis;
  readonly left: number;
  readonly top: number;
  readonly section: Cutout;
}

/**
 * Chunks that are not there are black.
 *
 * @throws CirrusError `E_CHUNK_CORRUPT`, `E_ENCODING_UNSUPPORTED`
 */
export async function previewVolume(
  volume: { readonly store: KeyValueStore; readonly info: VolumeInfo },
  limits?: ViewLimits,
): Promise<Preview> {
  const view = chooseView(volume.info, limits);
  const [width, height] = view.sizePx;
  const section = (axis: Axis) => readBox(volume, sectionOf(view, axis), { mip: view.mip, missing: "background" });
  const panels: Panel[] = [
    { across: 0, down: 1, left: 0, top: 0, section: await section(2) },
    { across: 2, down: 1, left: width + gapPx, top: 0, section: await section(0) },
    { across: 0, down: 2, left: 0, top: height + gapPx, section: await section(1) },
  ];
  const { contrast, colourAt } = colouring(volume.info, panels);
  const picture = emptyPicture(pictureSize(view));
  for (const panel of panels) drawPanel(picture, panel, { view, colourAt });
  const { widthPx, heightPx } = picture;
  return { png: await encodePicture(picture), widthPx, heightPx, mip: view.mip, box: view.box, contrast };
}

export type PictureSize = Pick<Preview, "widthPx" | "heightPx">;

/** Of the picture that `previewVolume` makes, known before it is made. */
export const previewSize = (info: VolumeInfo, limits?: ViewLimits): PictureSize =>
  pictureSize(chooseView(info, limits));

const pictureSize = ({ sizePx: [width, height, depth] }: View): PictureSize => ({
  widthPx: width + gapPx + depth,
  heightPx: height + gapPx + depth,
});

/** One voxel thick. */
const sectionOf = ({ box, middle }: View, axis: Axis): BoundingBox => ({
  min: perAxis((i) => (i === axis ? middle[i] : box.min[i])),
  max: perAxis((i) => (i === axis ? middle[i] + 1 : box.max[i])),
});

/** Colour of voxel `index` of a section. */
type ColourAt = (section: Cutout, index: number) => Rgb;

function colouring(
  info: VolumeInfo,
  panels: readonly Panel[],
): { readonly contrast: Contrast | null; readonly colourAt: ColourAt } {
  if (info.type === "segmentation") return { contrast: null, colourAt: ({ data }, index) => labelColour(data[index]!) };
  if (info.channels === 3 && info.dataType === "uint8") {
    const componentOf = ({ data }: Cutout, index: number, channel: number) =>
      Number(data[index + (channel * data.length) / 3]!);
    return {
      contrast: null,
      colourAt: (section, index) => [
        componentOf(section, index, 0),
        componentOf(section, index, 1),
        componentOf(section, index, 2),
      ],
    };
  }
  const contrast = contrastOf(panels.flatMap(({ section }) => firstChannel(section)));
  return {
    contrast,
    colourAt({ data }, index) {
      const grey = greyOf(Number(data[index]!), contrast);
      return [grey, grey, grey];
    },
  };
}

const firstChannel = ({ data, channels }: Cutout): number[] =>
  Array.from({ length: data.length / channels }, (_, i) => Number(data[i]!));

function emptyPicture({ widthPx, heightPx }: PictureSize): Picture {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = gapColour[i % 3]!;
  return { widthPx, heightPx, channels: 3, pixels };
}

/** The nearest voxel of each pixel. */
function drawPanel(
  { pixels, widthPx }: Picture,
  { across, down, left, top, section }: Panel,
  { view, colourAt }: { readonly view: View; readonly colourAt: ColourAt },
): void {
  const size = perAxis((i) => section.box.max[i] - section.box.min[i]);
  const stride = [1, size[0], size[0] * size[1]] as const;
  for (let y = 0; y < view.sizePx[down]; y++) {
    const row = Math.floor(((y + 0.5) * size[down]) / view.sizePx[down]) * stride[down];
    for (let x = 0; x < view.sizePx[across]; x++) {
      const column = Math.floor(((x + 0.5) * size[across]) / view.sizePx[across]) * stride[across];
      pixels.set(colourAt(section, row + column), ((top + y) * widthPx + left + x) * 3);
    }
  }
}
