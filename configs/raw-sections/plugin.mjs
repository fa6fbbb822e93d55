// A worked example of a tile source of your own: headerless files, one per section, <root>/<z>.raw, rows from the top, little endian.
// job.yaml beside it names this file as its plugin. docs/plugins.md explains each part.
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { asVoxels, bytesPerVoxel, CirrusError, clipPart, dataTypes, definePlugin, z } from "cirrus/plugin";

const params = z.strictObject({
  root: z.string().describe("Folder of the sections"),
  widthPx: z.int().positive(),
  heightPx: z.int().positive(),
  dataType: z.enum(dataTypes).default("uint8"),
});

/** A section is the only tile of its plane, so the tile's address is its z. */
const pathProcessorOf = (folder) => (index) =>
  index.column === 0 && index.row === 0 && index.z >= 0 ? { url: join(folder, `${index.z}.raw`) } : undefined;

const sizeOf = ({ widthPx, heightPx, dataType }) => widthPx * heightPx * bytesPerVoxel(dataType);

export default definePlugin({
  name: "raw-sections",
  description: "Headerless sections: <root>/<z>.raw",
  params,

  /** What the plan needs, from names and sizes alone: no pixel is read here. */
  async probe(params, { baseFolder }) {
    const folder = resolve(baseFolder, params.root);
    const names = await readdir(folder).catch((cause) => {
      throw new CirrusError("E_SOURCE_NOT_FOUND", `no folder ${folder}`, { cause });
    });
    const sections = names
      .filter((name) => /^\d+\.raw$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    if (!sections.length) throw new CirrusError("E_SOURCE_NOT_FOUND", `no <z>.raw in ${folder}`);

    const locate = pathProcessorOf(folder);
    const [first, last] = [sections[0], sections.at(-1)];
    const there = new Set(sections);
    const missing = [];
    const odd = [];
    let sizeBytes = 0;
    for (let z = first; z <= last; z++) {
      const index = { column: 0, row: 0, z };
      const location = locate(index);
      if (!there.has(z)) {
        missing.push({ index, location });
        continue;
      }
      const { size } = await stat(location.url);
      sizeBytes += size;
      if (size !== sizeOf(params)) odd.push({ index, location, problem: `${size} bytes instead of ${sizeOf(params)}` });
    }
    return {
      extent: { x: [0, params.widthPx], y: [0, params.heightPx], z: [first, last + 1] },
      tileSizePx: [params.widthPx, params.heightPx],
      dataType: params.dataType,
      channels: 1,
      resolutionNm: null,
      missing,
      missingCount: missing.length,
      odd,
      files: sections.length,
      sizeBytes,
      warnings: [],
      access: "rows",
      summary: [`${sections.length} sections of ${params.widthPx} x ${params.heightPx}, ${params.dataType}`],
    };
  },

  /** Once per process; then tiles are located and decoded without looking at anything else. */
  async open(params, { baseFolder }) {
    const { widthPx, heightPx, dataType } = params;
    const rowBytes = widthPx * bytesPerVoxel(dataType);
    return {
      pathProcessor: pathProcessorOf(resolve(baseFolder, params.root)),
      tileProcessor: {
        /** `part` is what the task needs; whole rows of it cost nothing more and are one read. */
        async decode(location, source, part) {
          const size = await source.sizeBytes();
          if (size === undefined) throw new CirrusError("E_TILE_MISSING", `no file at ${location.url}`);
          if (size !== sizeOf(params))
            throw new CirrusError("E_TILE_CORRUPT", `${location.url} has ${size} bytes instead of ${sizeOf(params)}`);
          const { y0, y1 } = clipPart(part, { widthPx, heightPx });
          const bytes = await source.range(y0 * rowBytes, (y1 - y0) * rowBytes);
          const covers = { x0: 0, y0, x1: widthPx, y1 };
          return { data: asVoxels(dataType, bytes), dataType, channels: 1, widthPx, heightPx, covers };
        },
      },
    };
  },
});
