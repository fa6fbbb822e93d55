/**
 * HDF5 files by h5wasm, with the checks that it does not make. Measured with 0.10.3: a filter that it lacks, and a chunk that does not
 * decompress, both leave old memory in place of pixels without an error; opening a file that is no HDF5 does not fail either.
 */
import { rm } from "node:fs/promises";
import { CirrusError, isRemoteUrl, messageOf, openByteSource, type DataType, type StoreOptions } from "cirrus/plugin";
import type { Dataset, File, Module as LibraryModule } from "h5wasm/node";
import { LocalCopies } from "./local-copies.js";

type Library = typeof LibraryModule;

export interface OpenDataset {
  readonly path: string;
  readonly name: string;
  readonly shape: readonly number[];
  /** null: contiguous. */
  readonly chunks: readonly number[] | null;
  /** undefined for types that no volume has (int64, float64): only a conversion can take them. */
  readonly dataType: DataType | undefined;
  /** For people: "float64". */
  readonly stored: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Values of a box of the dataset, the last axis fastest. @throws CirrusError `E_TILE_CORRUPT` */
  read(ranges: readonly (readonly [number, number])[]): Values;
}

export type Values =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** A file may begin with a block of the user's, of 512 bytes or a power of two more. */
const signaturePlaces = [0, 512, 1024, 2048, 4096, 8192];
/** deflate, shuffle, fletcher32, szip. */
const knownFilters = new Set([1, 2, 3, 4]);

const filesKept = 16;

/** A file that is open, and its copy when it is elsewhere. */
interface OpenFile {
  readonly file: File;
  readonly copy: string | undefined;
}

/** Files of this process that are open, the one used last at the end. */
export class Hdf5Files {
  readonly #open = new Map<string, Promise<OpenFile>>();
  readonly #copies: LocalCopies;

  constructor(stores: StoreOptions = {}, alive: () => void = () => {}) {
    this.#copies = new LocalCopies(stores, alive);
  }

  /**
   * @throws CirrusError `E_TILE_MISSING` when there is no file, `E_TILE_CORRUPT` for a truncated one or none of this format,
   * `E_SOURCE_UNSUPPORTED` for types and filters that would not be exact, `E_CONFIG_INVALID` when there is no such dataset
   */
  async dataset(path: string, name: string): Promise<OpenDataset> {
    const file = await this.#file(path);
    const { Dataset: DatasetClass, Module } = await import("h5wasm/node");
    const found = name
      .split("/")
      .filter(Boolean)
      .every((_, i, parts) => hasMember(file, parts.slice(0, i + 1)))
      ? file.get(name)
      : null;
    if (!(found instanceof DatasetClass)) {
      const there = datasetsIn(file);
      throw new CirrusError("E_CONFIG_INVALID", `${path} has no dataset "${name}"`, {
        context: { path, dataset: name, there },
        hint: there.length ? `there is ${there.slice(0, 10).join(", ")}` : "it holds no dataset at its top",
      });
    }
    return openDataset(Module, found, path, name);
  }

  /** Names of the datasets at the top, and in the groups there. */
  async names(path: string): Promise<string[]> {
    return datasetsIn(await this.#file(path));
  }

  async close(): Promise<void> {
    for (const opened of this.#open.values()) await closeFile(opened);
    this.#open.clear();
    await this.#copies.close();
  }

  async #file(path: string): Promise<File> {
    const opened = this.#open.get(path) ?? this.#openFile(path);
    this.#open.delete(path);
    this.#open.set(path, opened);
    opened.catch(() => this.#open.delete(path)); // another try may succeed
    if (this.#open.size > filesKept) {
      const [oldest, file] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      await closeFile(file);
    }
    return (await opened).file;
  }

  async #openFile(path: string): Promise<OpenFile> {
    if (!isRemoteUrl(path)) return { file: await openFile(path, path), copy: undefined };
    const copy = await this.#copies.make(path);
    if (copy === undefined) throw new CirrusError("E_TILE_MISSING", `there is no file ${path}`, { context: { path } });
    return { file: await openFile(copy, path), copy };
  }
}

async function closeFile(opened: Promise<OpenFile>): Promise<void> {
  const one = await opened.catch(() => undefined); // what did not open is not closed
  one?.file.close();
  if (one?.copy !== undefined) await rm(one.copy, { force: true });
}

/** @param path - how messages call it; @param local - where it is on this machine */
async function openFile(local: string, path: string): Promise<File> {
  const source = openByteSource(local);
  if ((await source.sizeBytes()) === undefined)
    throw new CirrusError("E_TILE_MISSING", `there is no file ${path}`, { context: { path } });
  let isHdf5 = false;
  for (const place of signaturePlaces) {
    const bytes = await source.range(place, signature.length);
    if (bytes?.length === signature.length && signature.every((byte, i) => bytes[i] === byte)) isHdf5 = true;
    if (isHdf5) break;
  }
  const damaged = (problem: string): CirrusError =>
    new CirrusError("E_TILE_CORRUPT", `${path} is damaged: ${problem}`, { context: { path } });
  if (!isHdf5) throw damaged("it is no HDF5 file");
  const library = await import("h5wasm/node");
  await library.default.ready; // and then there is a Module
  const opened = quietly(library.Module, () => new library.File(local, "r"));
  if ("value" in opened && opened.value.file_id >= 0n) return opened.value;
  throw damaged(`it cannot be opened; it may be cut off${"problem" in opened ? ` (${opened.problem})` : ""}`);
}

/** The library prints its stack of errors on standard error; here its innermost one is told instead. */
function quietly<T>(module: Library, act: () => T): { readonly value: T } | { readonly problem: string } {
  module.activate_throwing_error_handler();
  try {
    return { value: act() };
  } catch (error) {
    const stack = messageOf(error).split("\n");
    const innermost = stack.findLast((line) => /^\s*#\d+:/.test(line)) ?? stack[0]!;
    return { problem: innermost.replace(/^\s*#\d+: \S+ line \d+ in \S+: /, "") };
  } finally {
    module.deactivate_throwing_error_handler();
  }
}

const hasMember = (file: File, parts: readonly string[]): boolean => {
  const parent = parts.length === 1 ? file : file.get(parts.slice(0, -1).join("/"));
  return parent !== null && "keys" in parent && parent.keys().includes(parts.at(-1)!);
};

function datasetsIn(file: File): string[] {
  return file.keys().flatMap((key) => {
    const member = file.get(key);
    if (member !== null && "keys" in member) return member.keys().map((inner) => `${key}/${inner}`);
    return member !== null && "shape" in member ? [key] : [];
  });
}

function openDataset(module: Library, dataset: Dataset, path: string, name: string): OpenDataset {
  const where = `${path}, dataset ${name},`;
  const refuse = (form: string): CirrusError =>
    new CirrusError("E_SOURCE_UNSUPPORTED", `${where} cannot be read exactly: ${form}`, {
      context: { path, dataset: name, form },
    });
  const { shape, chunks = null, size, type, signed } = dataset.metadata;
  if (!shape) throw refuse("it has no shape");
  const alien = dataset.filters.find(({ id }) => !knownFilters.has(id));
  if (alien) throw refuse(`its chunks are stored with the filter ${alien.name || alien.id}`);
  const kind = type === 1 ? "float" : type === 0 ? (signed ? "int" : "uint") : undefined;
  if (!kind) throw refuse(type === 8 ? "booleans or an enumeration" : "its values are no numbers");
  const form = `${kind}${size * 8}`;
  const dataType = storedTypes[form];
  if (!dataType && form !== "float64" && form !== "int64") throw refuse(`${form} values`);
  return {
    path,
    name,
    shape,
    chunks,
    dataType,
    stored: form,
    attributes: Object.fromEntries(Object.entries(dataset.attrs).map(([key, { value }]) => [key, value])),
    read: (ranges) => {
      const bytes = readBytes(module, dataset, ranges);
      if (!bytes)
        throw new CirrusError(
          "E_TILE_CORRUPT",
          `${where} is damaged at ${JSON.stringify(ranges)}: its chunks do not decode`,
          {
            context: { path, dataset: name, ranges },
          },
        );
      return valuesIn(bytes, form);
    },
  };
}

const storedTypes: Readonly<Record<string, DataType>> = {
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  uint64: "uint64",
  int8: "int8",
  int16: "int16",
  int32: "int32",
  float32: "float32",
};

/** Dataset.slice() without its trust: the library's status is looked at. undefined when it read nothing. */
function readBytes(
  module: Library,
  dataset: Dataset,
  ranges: readonly (readonly [number, number])[],
): Uint8Array | undefined {
  const count = ranges.map(([from, to]) => BigInt(to - from));
  const offset = ranges.map(([from]) => BigInt(from));
  const strides = ranges.map(() => 1n);
  const lengthBytes = Number(count.reduce((product, n) => product * n, 1n)) * dataset.metadata.size;
  const pointer = module._malloc(lengthBytes);
  try {
    const read = quietly(module, () =>
      module.get_dataset_data(dataset.file_id, dataset.path, count, offset, strides, BigInt(pointer)),
    );
    return "problem" in read || read.value < 0 ? undefined : module.HEAPU8.slice(pointer, pointer + lengthBytes);
  } finally {
    module._free(pointer);
  }
}

function valuesIn(bytes: Uint8Array, form: string): Values {
  const { buffer } = bytes; // a copy of its own, from the start
  const length = bytes.length;
  switch (form) {
    case "uint16":
      return new Uint16Array(buffer, 0, length / 2);
    case "uint32":
      return new Uint32Array(buffer, 0, length / 4);
    case "uint64":
      return new BigUint64Array(buffer, 0, length / 8);
    case "int64":
      return new BigInt64Array(buffer, 0, length / 8);
    case "int8":
      return new Int8Array(buffer, 0, length);
    case "int16":
      return new Int16Array(buffer, 0, length / 2);
    case "int32":
      return new Int32Array(buffer, 0, length / 4);
    case "float32":
      return new Float32Array(buffer, 0, length / 4);
    case "float64":
      return new Float64Array(buffer, 0, length / 8);
    default:
      return bytes;
  }
}
