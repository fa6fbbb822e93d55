/** Params of the peer's classes -> a plugin of ours with its params. Looks at file names where the peer's form leaves a choice. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { CirrusError } from "../../core/errors.js";
import { isRemoteUrl, openByteSource } from "../../tiles/byte-source.js";
import { readImageHeader } from "../../tiles/images/read-image-header.js";
import { namePattern } from "../../tiles/stack/name-pattern.js";
import type { PeerKind } from "./peer-classes.js";
import type { PeerConfig } from "./read-peer.js";

export interface PeerSource {
  readonly plugin: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** True for sources with several times; the others are at time 0. */
  readonly hasTimes: boolean;
  /** Bad tiles become background, as the params say. */
  readonly fills?: boolean;
  /** Source voxel + this is the peer's voxel; default none. */
  readonly shift?: readonly [number, number, number];
  readonly dataType?: string;
  /** What a person should know of the conversion. */
  readonly notes: readonly string[];
}

/** Params of both processors, under one roof; unknown ones are told. */
interface Reader {
  text(name: string): string;
  optionalText(name: string): string | undefined;
  whole(name: string, otherwise?: number): number;
  number(name: string, otherwise: number): number;
  isTrue(name: string): boolean;
  problem(message: string): void;
}

const ignored: Readonly<Record<string, string>> = {
  upload_format: "it named the form of the upload",
  filetype: "the form is that of the files",
  temp_dir: "nothing is copied",
};

/** @throws CirrusError `E_CONFIG_INVALID` naming every param that is wrong; `E_SOURCE_UNSUPPORTED` for Boss servers and test classes */
export async function peerSource(
  kind: PeerKind,
  config: PeerConfig,
  { cwd, fail }: { readonly cwd: string; fail(problems: readonly string[]): never },
): Promise<PeerSource> {
  const problems: string[] = [];
  const read = readerOf(config, problems);
  const made = await convert(kind, { config, read, cwd }).catch((error: unknown) => {
    if (problems.length) fail(problems);
    throw error;
  });
  if (problems.length) fail(problems);
  return { ...made, notes: [...made.notes, ...notesOnIgnored(config)] };
}

interface Case {
  readonly config: PeerConfig;
  readonly read: Reader;
  readonly cwd: string;
}

async function convert(kind: PeerKind, { config, read, cwd }: Case): Promise<PeerSource> {
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
      const order = (await isZFirst(common.root, config)) ? "z-first" : "zoom-first";
      const note = `type 4: the folders are <${order === "z-first" ? "z>/<zoom" : "zoom>/<z"}>, as the files are`;
      return { plugin: "catmaid", params: { ...common, type: 4, order }, hasTimes: false, notes: [note] };
    }
    case "catmaid-url": {
      const offsets = ["x_offset", "y_offset", "z_offset"].filter((name) => read.whole(name, 0) !== 0);
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
        notes: offsets.length ? [`${offsets.join(", ")}: not applied, as the ingest client never applied them`] : [],
      };
    }
    case "z-stack":
      return zStack({ config, read, cwd });
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
          files: sections.map(([, file]) => resolve(cwd, file)),
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
        join(folder, namePattern(pattern).name({ x: 0, y: 0, z: i })!),
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
        fills: read.isTrue("fill_missing") || name === "source_url",
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

/** The name of a section's file: base and extension. */
const patternOf = (read: Reader): string => `${read.text("base_filename")}.${read.text("extension")}`;

/** Crop by the size of the images, which is never guessed silently. */
async function zStack({ config, read, cwd }: Case): Promise<PeerSource> {
  const params = { root: rootOf(config, read, cwd), pattern: patternOf(read) };
  const fills = read.isTrue("fail_gracefully");
  const [width, height] = config.unit;
  const { x, y, z: sections } = config.extent;
  const pattern = namePattern(params.pattern);
  const common = { plugin: "z-stack", hasTimes: false, ...(fills ? { fills } : {}) };
  if (pattern.hasTiles)
    return {
      ...common,
      params: { ...params, tileSize: [width, height] },
      notes: ["a file is a tile: the pattern has <x> or <y>"],
    };
  const size = await firstSize(params.root, pattern, sections);
  if (!size)
    return { ...common, params, notes: ["no file of the extent is there yet: each is taken for a whole section"] };
  const [w, h] = size;
  const is = (a: number, b: number): boolean => w === a && h === b;
  if (is(x[1] - x[0], y[1] - y[0]) && (x[0] > 0 || y[0] > 0) && !(w >= x[1] && h >= y[1]))
    return {
      ...common,
      params,
      shift: [x[0], y[0], 0],
      notes: [`the images are as large as the extent (${w} x ${h}): their first pixel is voxel ${x[0]}, ${y[0]}`],
    };
  if (w >= x[1] && h >= y[1])
    return { ...common, params, notes: [`the images (${w} x ${h}) are whole sections: the extent is cut out of them`] };
  read.problem(
    `/ingest_job/extent: the images are ${w} x ${h} pixels, which is neither the extent (${x[1] - x[0]} x ${y[1] - y[0]}) nor reaches its end (${x[1]}, ${y[1]})` +
      (is(width, height) ? "; a pattern of one file per tile has <x> and <y>" : ""),
  );
  return { ...common, params, notes: [] };
}

/** Width and height of the first file of the extent that is there. */
async function firstSize(
  root: string,
  pattern: ReturnType<typeof namePattern>,
  [from, to]: readonly [number, number],
): Promise<readonly [number, number] | undefined> {
  for (let section = from; section < Math.min(to, from + 50); section++) {
    const name = pattern.name({ x: 0, y: 0, z: section });
    if (name === undefined) continue;
    const url = isRemoteUrl(root) ? `${root}/${name}` : join(root, name);
    const header = await readImageHeader(openByteSource(url), url).catch(() => undefined); // a damaged one is told by the probe
    if (header) return [header.widthPx, header.heightPx];
  }
  return undefined;
}

/** CATMAID has the section's folder first, the ingest client the zoom level's: by which of the two is there. */
async function isZFirst(root: string, { resolution, extent }: PeerConfig): Promise<boolean> {
  const isFolder = (...names: readonly (string | number)[]): Promise<boolean> =>
    stat(join(root, ...names.map(String))).then(
      (found) => found.isDirectory(),
      () => false,
    );
  for (let section = extent.z[0]; section < Math.min(extent.z[1], extent.z[0] + 50); section++) {
    if (section === resolution) continue; // the same folder either way
    if (await isFolder(resolution, section)) return false;
    if (await isFolder(section, resolution)) return true;
  }
  return false;
}

/** Relative folders are relative to the current one, as they are for the peer. */
function rootOf({ data, path }: PeerConfig, read: Reader, cwd: string): string {
  const folder = read.text("root_dir");
  const filesystem = data.params["filesystem"] ?? path.params["filesystem"] ?? "local";
  if (filesystem === "local") return isRemoteUrl(folder) ? folder : resolve(cwd, folder);
  if (filesystem === "s3" || filesystem === "s3_copy")
    return `s3://${read.text("bucket")}/${folder.replace(/^\/+|\/+$/g, "")}`.replace(/\/$/, "");
  read.problem(`/client/tile_processor/params/filesystem: "${String(filesystem)}" is none of local, s3, s3_copy`);
  return folder;
}

/** A narrower type than the source's is refused by the plan: nothing is cast silently. */
function dataTypeOf(read: Reader): { readonly dataType?: string } {
  const dataType = read.optionalText("datatype");
  return dataType === undefined ? {} : { dataType };
}

function readerOf({ path, data }: PeerConfig, problems: string[]): Reader {
  const dataName = data.className.endsWith("ChunkProcessor") ? "chunk_processor" : "tile_processor";
  const problem = (message: string): void => void problems.push(message);
  const pointer = (name: string): string =>
    `/client/${name in path.params || !(name in data.params) ? "path_processor" : dataName}/params/${name}`;
  const valueOf = (name: string): unknown => path.params[name] ?? data.params[name];
  const whole = (name: string, otherwise?: number): number => {
    const value = valueOf(name) ?? otherwise;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    problem(`${pointer(name)}: ${value === undefined ? "is required" : "must be an integer"}`);
    return otherwise ?? 1;
  };
  return {
    problem,
    whole,
    text(name) {
      const value = valueOf(name);
      if (typeof value === "string" && value !== "") return value;
      problem(
        `${pointer(name)}: ${value === undefined ? "is required" : value === "" ? "is empty: fill it in" : "must be a string"}`,
      );
      return "<>";
    },
    optionalText: (name) => (valueOf(name) === undefined ? undefined : String(valueOf(name))),
    number(name, otherwise) {
      const value = valueOf(name) ?? otherwise;
      if (typeof value === "number" && Number.isFinite(value)) return value;
      problem(`${pointer(name)}: must be a number`);
      return otherwise;
    },
    isTrue: (name) => valueOf(name) === true,
  };
}

function notesOnIgnored({ path, data }: PeerConfig): string[] {
  const names = new Set([...Object.keys(path.params), ...Object.keys(data.params)]);
  return Object.entries(ignored)
    .filter(([name]) => names.has(name) && !(name === "filetype" && path.className.startsWith("Catmaid")))
    .map(([name, why]) => `${name}: not used, ${why}`);
}
