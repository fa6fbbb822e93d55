/** Params of the peer's two processors, read with every problem told by its JSON pointer. */
import { resolve } from "node:path";
import type { StoreOptions } from "../../storage/store.js";
import { isRemoteUrl } from "../../tiles/byte-source.js";
import type { PeerConfig } from "./read-peer.js";

export interface PeerSource {
  readonly plugin: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** True for sources with several times; the others are at time 0. */
  readonly hasTimes: boolean;
  /** What becomes background, as the params or the peer's class say; default none. */
  readonly fills?: "missing" | "missing and corrupt";
  /** Source voxel + this is the peer's voxel; default none. */
  readonly shift?: readonly [number, number, number];
  readonly dataType?: string;
  /** What a person should know of the conversion. */
  readonly notes: readonly string[];
}

export interface Case {
  readonly config: PeerConfig;
  readonly read: Reader;
  readonly cwd: string;
  readonly stores: StoreOptions;
}

/** Params of both processors, under one roof; unknown ones are told. */
export interface Reader {
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

export function readerOf({ path, data }: PeerConfig, problems: string[]): Reader {
  const dataName = data.className.endsWith("ChunkProcessor") ? "chunk_processor" : "tile_processor";
  const problem = (message: string): void => void problems.push(message);
  const isOfPath = (name: string): boolean =>
    name in path.params ||
    (!(name in data.params) && /^(root_dir|extension|base_filename|filename|prefix|filetype)$/.test(name));
  const pointer = (name: string): string => `/client/${isOfPath(name) ? "path_processor" : dataName}/params/${name}`;
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

/** The name of a section's file: base and extension. */
export const patternOf = (read: Reader): string => `${read.text("base_filename")}.${read.text("extension")}`;

/** Relative folders are relative to the current one, as they are for the peer. */
export function rootOf({ data, path }: PeerConfig, read: Reader, cwd: string): string {
  const folder = read.text("root_dir");
  const filesystem = data.params["filesystem"] ?? path.params["filesystem"] ?? "local";
  if (filesystem === "local") return isRemoteUrl(folder) ? folder : resolve(cwd, folder);
  if (filesystem === "s3" || filesystem === "s3_copy")
    return `s3://${read.text("bucket")}/${folder.replace(/^\/+|\/+$/g, "")}`.replace(/\/$/, "");
  read.problem(`/client/tile_processor/params/filesystem: "${String(filesystem)}" is none of local, s3, s3_copy`);
  return folder;
}

/** A narrower type than the source's is refused by the plan: nothing is cast silently. */
export function dataTypeOf(read: Reader): { readonly dataType?: string } {
  const dataType = read.optionalText("datatype");
  return dataType === undefined ? {} : { dataType };
}

export function notesOnIgnored({ path, data }: PeerConfig): string[] {
  const names = new Set([...Object.keys(path.params), ...Object.keys(data.params)]);
  return Object.entries(ignored)
    .filter(([name]) => names.has(name) && !(name === "filetype" && path.className.startsWith("Catmaid")))
    .map(([name, why]) => `${name}: not used, ${why}`);
}
