/** A scale of an OME-Zarr image: its array, axes and voxel size. See https://ngff.openmicroscopy.org (0.4 and 0.5). */
import { z, type Vec3 } from "cirrus/plugin";

export interface OmeScale {
  readonly path: string;
  /** The slowest first. */
  readonly axes: string;
  readonly resolutionNm: Vec3 | null;
}

const transforms = z.array(z.object({ type: z.string(), scale: z.array(z.number()).optional() })).optional();
const multiscales = z.object({
  multiscales: z
    .array(
      z.object({
        axes: z.array(z.object({ name: z.string(), unit: z.string().optional() })),
        datasets: z.array(z.object({ path: z.string(), coordinateTransformations: transforms })),
        coordinateTransformations: transforms,
      }),
    )
    .min(1),
});

const unitsInNm: Readonly<Record<string, number>> = {
  nanometer: 1,
  micrometer: 1e3,
  millimeter: 1e6,
  angstrom: 0.1,
  meter: 1e9,
};

/** undefined when the attributes tell no such scale. */
export function omeScale(attributes: Readonly<Record<string, unknown>>, mip: number): OmeScale | undefined {
  const parsed = multiscales.safeParse(attributes["ome"] ?? attributes);
  const image = parsed.data?.multiscales[0];
  const dataset = image?.datasets[mip];
  if (!image || !dataset) return undefined;
  const scaleOf = (list: z.output<typeof transforms>): readonly number[] | undefined =>
    list?.find(({ type }) => type === "scale")?.scale;
  const own = scaleOf(dataset.coordinateTransformations);
  const common = scaleOf(image.coordinateTransformations);
  const nm = ["x", "y", "z"].map((name) => {
    const i = image.axes.findIndex((axis) => axis.name === name);
    const unit = unitsInNm[image.axes[i]?.unit ?? ""];
    const step = own?.[i];
    return unit === undefined || step === undefined
      ? undefined
      : Number((step * (common?.[i] ?? 1) * unit).toPrecision(7));
  });
  const [x, y, zSpacing] = nm;
  return {
    path: dataset.path,
    axes: image.axes.map(({ name }) => name).join(""),
    resolutionNm: x !== undefined && y !== undefined && zSpacing !== undefined ? [x, y, zSpacing] : null,
  };
}
