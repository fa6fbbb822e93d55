/** What `init` and the plan need to know: shapes and types of all files, the voxel size of their attributes. No values are read. */
import {
  canList,
  isCirrusError,
  listRanges,
  openByteSource,
  type MissingTile,
  type OddTile,
  type PluginContext,
  type SourceProbe,
  type Vec3,
} from "cirrus/plugin";
import { formOf } from "./array.js";
import type { Hdf5Params } from "./params.js";
import { openFiles } from "./source.js";

/** Wide enough that tasks are not cut finer than chunks. */
const leastTilePx = 512;

export async function probeFiles(params: Hdf5Params, context: PluginContext): Promise<SourceProbe> {
  const { files, placements, form, block, attributes } = await openFiles(params, context);
  try {
    const missing: MissingTile[] = [];
    const odd: OddTile[] = [];
    let sizeBytes = 0;
    for (const { path, box } of placements) {
      const index = { column: 0, row: 0, z: box.min[2] };
      // A web server would have to send the file; that it lacks one is told by opening it.
      const size = canList(path) ? await openByteSource(path, context.stores).sizeBytes() : 0;
      if (size === undefined) {
        missing.push({ index, location: { url: path } });
        continue;
      }
      sizeBytes += size;
      try {
        const own = formOf(await files.dataset(path, params.dataset), params);
        const wanted = box.max.map((n, i) => n - box.min[i]!).join(" x ");
        if (own.dataType !== form.dataType || own.channels.length !== form.channels.length)
          odd.push({
            index,
            location: { url: path },
            problem: `${own.dataType}, ${own.channels.length} channels instead of ${form.dataType}, ${form.channels.length}`,
          });
        else if (own.size.join(" x ") !== wanted)
          odd.push({ index, location: { url: path }, problem: `${own.size.join(" x ")} voxels instead of ${wanted}` });
      } catch (error) {
        if (!isCirrusError(error)) throw error;
        if (error.code === "E_TILE_MISSING") {
          missing.push({ index, location: { url: path } });
          continue;
        }
        const isCorrupt = error.code === "E_TILE_CORRUPT";
        odd.push({ index, location: { url: path }, problem: error.message, ...(isCorrupt ? { isCorrupt } : {}) });
      }
    }
    const range = (axis: 0 | 1 | 2): readonly [number, number] => [
      Math.min(...placements.map(({ box }) => box.min[axis])),
      Math.max(...placements.map(({ box }) => box.max[axis])),
    ];
    const [x, y, z] = [range(0), range(1), range(2)];
    const tileSide = (side: number, chunk: number): number => Math.min(side, chunk * Math.ceil(leastTilePx / chunk));
    const resolutionNm = resolutionOf(attributes);
    const channels = form.channels.length;
    return {
      extent: { x, y, z, ...(form.times > 1 ? { t: [0, form.times] as const } : {}) },
      tileSizePx: [tileSide(x[1] - x[0], block[0]), tileSide(y[1] - y[0], block[1])],
      dataType: form.dataType,
      channels,
      resolutionNm,
      ...(resolutionNm ? { resolutionFrom: "the attribute element_size_um" } : {}),
      missing,
      missingCount: missing.length,
      odd,
      files: placements.length - missing.length,
      sizeBytes,
      warnings: missing.length
        ? [
            `${missing.length} files are missing between the first and the last: sections ${listRanges(missing.map(({ index }) => index.z))}`,
          ]
        : [],
      access: "blocks",
      summary: [
        `HDF5, ${placements.length} ${placements.length === 1 ? "file" : "files"} (${params.layout}), dataset ${params.dataset}, axes ${form.axes}, chunks of ${block.join(" x ")}`,
        `${form.dataType}, ${channels === 1 ? "1 channel" : `${channels} channels`}${form.times > 1 ? `, ${form.times} times` : ""}`,
      ],
    };
  } finally {
    await files.close();
  }
}

/** `element_size_um`, z y x, as many EM programs write it. */
function resolutionOf(attributes: Readonly<Record<string, unknown>>): Vec3 | null {
  const value = attributes["element_size_um"];
  if (!ArrayBuffer.isView(value) && !Array.isArray(value)) return null;
  const numbers = Array.from(value as ArrayLike<number>, Number);
  const [z, y, x] = numbers;
  if (numbers.length !== 3 || !numbers.every((n) => Number.isFinite(n) && n > 0)) return null;
  const nm = (um: number | undefined): number => Number((um! * 1000).toPrecision(7));
  return [nm(x), nm(y), nm(z)];
}
