/** Params of the peer's classes -> a plugin of ours with its params. Looks at file names where the peer's form leaves a choice. */
import { resolve } from "node:path";
import { z } from "zod";
import { CirrusError } from "../../core/errors.js";
import type { StoreOptions } from "../../storage/store.js";
import { isRemoteUrl } from "../../tiles/byte-source.js";
import { childOf } from "../../tiles/folder.js";
import { namePattern } from "../../tiles/stack/name-pattern.js";
import type { PeerKind } from "./peer-classes.js";
import { isZFirst, zStack } from "./peer-images.js";
import { dataTypeOf, notesOnIgnored, patternOf, readerOf, rootOf, type Case, type PeerSource } from "./peer-params.js";
import type { PeerConfig } from "./read-peer.js";

/** @throws CirrusError `E_CONFIG_INVALID` naming every param that is wrong; `E_SOURCE_UNSUPPORTED` for Boss servers and test classes */
export async function peerSource(
  kind: PeerKind,
  config: PeerConfig,
  {
    cwd,
    stores,
    fail,
  }: { readonly cwd: string; readonly stores: StoreOptions; fail(problems: readonly string[]): never },
): Promise<PeerSource> {
  const problems: string[] = [];
  const read = readerOf(config, problems);
  const made = await convert(kind, { config, read, cwd, stores }).catch((error: unknown) => {
    if (problems.length) fail(problems);
    throw error;
  });
  if (problems.length) fail(problems);
  return { ...made, notes: [...made.notes, ...notesOnIgnored(config)] };
}

async function convert(kind: PeerKind, { config, read, cwd, stores }: Case): Promise<PeerSource> {
  const [width, height] = config.unit;
  const root = (): string => rootOf(config, read, cwd);
  const still = { hasTimes: false, notes: [] as string[] };
  switch (kind.source) {
    case "catmaid-1":
    case "catmaid-4":
    case "catmaid-5": {
      const common = {
        root: root(),
        extension: read.text("filetype"),
        tileSize: [width, height],
        zoom: config.resolution,
      };
      if (kind.source === "catmaid-1") return { plugin: "catmaid", params: common, ...still };
      if (kind.source === "catmaid-5") return { plugin: "catmaid", params: { ...common, type: 5 }, ...still };
      const order = (await isZFirst(common.root, config, stores)) ? "z-first" : "zoom-first";
      const note = `type 4: the folders are <${order === "z-first" ? "z>/<zoom" : "zoom>/<z"}>, as the files are`;
      return { plugin: "catmaid", params: { ...common, type: 4, order }, hasTimes: false, notes: [note] };
    }
    case "catmaid-url": {
      const offsets = ["x_offset", "y_offset", "z_offset"].filter((name) => read.whole(name, 0) !== 0);
      const isOther = (["x_tile", "y_tile"] as const).some(
        (name, i) => read.whole(name, config.unit[i]) !== config.unit[i],
      );
      return {
        plugin: "catmaid",
        params: {
          root: read.text("url").replace(/\/+$/, ""),
          type: 5,
          zoom: null,
          extension: read.text("filetype"),
          tileSize: [width, height],
        },
        hasTimes: false,
        fills: "missing",
        notes: [
          "tiles that the server does not have become background, as the ingest client had it; each is listed",
          ...(isOther ? [`x_tile, y_tile: not used, tiles are ${width} x ${height} as tile_size says`] : []),
          ...(offsets.length ? [`${offsets.join(", ")}: not applied, as the ingest client never applied them`] : []),
        ],
      };
    }
    case "z-stack":
      return zStack({ config, read, cwd, stores });
    case "single-time-tiff": {
      const sections = Object.entries(config.path.params)
        .flatMap(([key, value]) => {
          const match = /^z_(\d+)$/.exec(key);
          return match ? [[Number(match[1]), String(value)] as const] : [];
        })
        .sort((a, b) => a[0] - b[0]);
      if (!sections.length) read.problem("/client/path_processor/params: has no z_<section> that names a file");
      const first = sections[0]?.[0] ?? 0;
      sections.forEach(([section, file], i) => {
        if (section !== first + i) read.problem(`/client/path_processor/params: z_${first + i} is missing`);
        if (file === "") read.problem(`/client/path_processor/params/z_${section}: names no file`);
      });
      return {
        plugin: "multipage-tiff",
        params: {
          files: sections.map(([, file]) => (isRemoteUrl(file) ? file : resolve(cwd, file))),
          order: "listed",
          layout: "pages-are-times",
          ...(first ? { firstSection: first } : {}),
        },
        hasTimes: true,
        ...dataTypeOf(read),
        notes: [],
      };
    }
    case "hyperstack": {
      const perFile = read.whole("time_chunk_size");
      const pattern = patternOf(read);
      const last = Math.ceil(config.extent.t[1] / Math.max(1, perFile));
      const folder = root();
      const files = Array.from({ length: last }, (_, i) =>
        childOf(folder, namePattern(pattern).name({ x: 0, y: 0, z: i })!),
      );
      return {
        plugin: "multipage-tiff",
        params: {
          files,
          order: "listed",
          layout: "hyperstack",
          hyperstack: {
            sections: read.whole("num_z_slices"),
            channels: read.whole("num_channels"),
            timesPerFile: perFile,
            channel: read.whole("channel_index"),
          },
        },
        hasTimes: true,
        notes: ["page = sections x channels x (t mod times per file) + z x channels + channel"],
      };
    }
    case "hdf5-time-series": {
      const isLabel = config.data.className === "Hdf5TimeSeriesLabelTileProcessor";
      const scale = isLabel ? 1 : read.number("scale_factor", 1);
      return {
        plugin: "hdf5",
        params: {
          layout: "sections",
          root: root(),
          pattern: patternOf(read),
          dataset: read.text("dataset"),
          axes: isLabel ? "xy" : "txyc",
          ...(isLabel ? {} : { channel: read.whole("channel_index"), scale, dataType: "uint16" }),
        },
        hasTimes: !isLabel,
        notes: isLabel ? [] : [`values are multiplied by ${scale}, cut to whole numbers and held within uint16`],
      };
    }
    case "hdf5-slice":
      return {
        plugin: "hdf5",
        params: {
          layout: "slices",
          root: root(),
          pattern: patternOf(read),
          dataset: read.text("data_name"),
          axes: "yx",
          placement: {
            offsetDataset: read.text("offset_name"),
            extentDataset: read.text("extent_name"),
            origin: [read.whole("offset_origin_x", 0), read.whole("offset_origin_y", 0)],
          },
        },
        ...dataTypeOf(read),
        ...still,
      };
    case "hdf5-chunk": {
      const size = (["x", "y", "z"] as const).map((axis) => read.whole(`${axis}_chunk_size`));
      for (const [i, axis] of (["x", "y"] as const).entries())
        if (size[i] !== config.unit[i])
          read.problem(
            `/client/path_processor/params/${axis}_chunk_size: ${size[i]} is not tile_size.${axis}, ${config.unit[i]}`,
          );
      return {
        plugin: "hdf5",
        params: {
          layout: "chunks",
          root: root(),
          dataset: read.text("data_name"),
          axes: "zyx",
          chunks: {
            prefix: read.text("prefix"),
            extension: read.text("extension"),
            size,
            offset: (["x", "y", "z"] as const).map((axis) => read.whole(`${axis}_offset`, 0)),
            lastIsInclusive: config.path.params["use_python_convention"] === false,
          },
        },
        ...dataTypeOf(read),
        ...still,
      };
    }
    case "hdf5-single-file":
      return {
        plugin: "hdf5",
        params: {
          layout: "volume",
          file: resolve(cwd, read.text("filename")),
          dataset: read.text("data_name"),
          axes: "zyx",
          offset: (["x", "y", "z"] as const).map((axis) => read.whole(`offset_${axis}`, 0)),
        },
        ...dataTypeOf(read),
        ...still,
      };
    case "cloudvolume": {
      const offset = config.data.params["cv_offset"];
      const parsed = z.tuple([z.int(), z.int(), z.int()]).safeParse(offset ?? [0, 0, 0]);
      if (!parsed.success) read.problem("/client/chunk_processor/params/cv_offset: must be three integers");
      const [dx, dy, dz] = parsed.data ?? [0, 0, 0];
      const name = config.data.className === "CloudVolumeTileProcessor" ? "source_url" : "cloudpath";
      return {
        plugin: "volume",
        params: { path: read.text(name), format: "precomputed", mip: read.whole("mip", 0) },
        hasTimes: false,
        ...(read.isTrue("fill_missing") || name === "source_url" ? { fills: "missing and corrupt" as const } : {}),
        ...(dx || dy || dz ? { shift: [-dx, -dy, -dz] as const } : {}),
        notes: "info" in config.data.params ? ["info: the volume's own info file is read instead"] : [],
      };
    }
    case "zarr":
      return {
        plugin: "volume",
        params: { path: read.text("cloud_path"), format: "zarr", array: read.text("volume_name"), axes: "zyx" },
        ...still,
      };
    case "boss":
      throw new CirrusError(
        "E_SOURCE_UNSUPPORTED",
        `${config.data.className} reads from a Boss server, which cirrus does not`,
        {
          hint: "download the channel first, for example by intern to HDF5 or images, and ingest that",
        },
      );
    case "test":
      throw new CirrusError(
        "E_SOURCE_UNSUPPORTED",
        `${config.data.className} is a class of the ingest client's own tests: it reads no data`,
        {
          hint: "name a source of data",
        },
      );
  }
}
