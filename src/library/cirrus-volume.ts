/** The library's door to a volume: reading without ceremony, writing only with provenance. */
import pLimit from "p-limit";
import { contains, describeBox, sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { newCutout, type Cutout } from "../core/cutout.js";
import { dataTypeOf, type VoxelArray } from "../core/data-type.js";
import { CirrusError } from "../core/errors.js";
import { stringifyLossless } from "../core/json/stringify.js";
import { product, type Vec3 } from "../core/vec3.js";
import { chunkKey } from "../formats/precomputed/chunk-key.js";
import { boundsOf, gridOf, type Scale, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { alignOutward, chunksIn } from "../geometry/chunk-grid.js";
import { emptySha256, type ChunkReceipt } from "../engine/messages.js";
import { checkDeclaration, type Declaration } from "../provenance/model/declaration.js";
import type { ProcessFacts } from "../provenance/work.js";
import type { RecordOptions } from "../provenance/signing.js";
import { normaliseUrl } from "../storage/url.js";
import {
  keysOfChunk,
  removeOtherForms,
  seriesOf,
  writeChunk,
  type ChunkSeries,
  type StoredChunk,
} from "../volume/chunk-store.js";
import { copyVoxels } from "../volume/copy-voxels.js";
import { createVolume } from "../volume/create.js";
import { openVolume, type OpenVolume } from "../volume/open-volume.js";
import { previewVolume, type Preview } from "../volume/preview/preview.js";
import { checkBox, readBox, type ReadableVolume, type ReadOptions } from "../volume/read-box.js";
import { chooseForm, type StoredForm } from "../volume/stored-form.js";
import { backgroundChunks } from "../verify/background-chunks.js";
import { readVoxels } from "./read-voxels.js";
import { finestFootprint, nextScale, stepTo, voxelsFromFiner } from "./coarser.js";
import { layoutOf, type Layout } from "./layout.js";
import { RecordedRun, type RunRequest } from "./recorded-run.js";
import { infoFromSpec, type VolumeSpec } from "./volume-spec.js";

/** Why and how something is written; each is also a property of the volume that may be set later. */
export interface Provenance {
  /** Where the data came from, at least one. */
  readonly sources: readonly string[];
  readonly motivation: string;
  /** Its code environments are recorded beside those that cirrus finds out by itself. */
  readonly process: ProcessFacts;
}

export interface OpenOptions extends Partial<Provenance> {
  /** Endpoint, key file, ... of the storage backend; the key file that signs events. */
  readonly store?: RecordOptions;
  /** Folder whose git repository is recorded as the code that ran; default the current one. */
  readonly codeFolder?: string;
}

export interface CreateOptions extends Omit<OpenOptions, keyof Provenance> {
  /** Names of chunks in a local folder; see `StoredForm`. Default `plain`, which every reader takes. */
  readonly layout?: "plain" | "cloudvolume";
}

interface Guarded {
  readonly series: ChunkSeries;
  readonly declaration: Declaration;
}

const chunksAtOnce = 4;

export class CirrusVolume {
  /** Needed for `write`, as `motivation` and `process`. Changed ones are recorded as a new run at the next write. */
  sources: Provenance["sources"] | undefined;
  motivation: string | undefined;
  process: Provenance["process"] | undefined;
  #volume: OpenVolume & ReadableVolume;
  readonly #options: OpenOptions;
  #layout: Layout | undefined;
  /** The run that writes go to, and the declaration that it was admitted with. */
  #run: { readonly declared: string; readonly run: Promise<RecordedRun> } | undefined;
  #ending: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(volume: OpenVolume, options: OpenOptions) {
    this.#volume = { ...volume, isBackground: backgroundChunks(volume.url, options.store) };
    this.#options = options;
    this.sources = options.sources;
    this.motivation = options.motivation;
    this.process = options.process;
  }

  /**
   * @param path - a path, a `file://`, `gs://`, `s3://` or `https://` URL, or a peer's spelling of one
   * @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`; errors of the store
   */
  static async open(path: string, options: OpenOptions = {}): Promise<CirrusVolume> {
    return new CirrusVolume(await openVolume(path, options.store), options);
  }

  /**
   * Records the provenance, then makes the volume; one that is there with the same geometry is opened.
   *
   * @throws CirrusError `E_PROVENANCE_MISSING`, `E_VOLUME_INVALID`, `E_ENCODING_UNSUPPORTED` before anything is written;
   * `E_DESTINATION_GEOMETRY`; errors of the store
   */
  static async create(
    path: string,
    spec: VolumeSpec,
    provenance: Provenance,
    options: CreateOptions = {},
  ): Promise<CirrusVolume> {
    const declaration = checkDeclaration(provenance);
    const info = infoFromSpec(spec);
    const url = normaliseUrl(path);
    const { layout = "plain" } = options;
    chooseForm({ url, encoding: info.scales[0]!.encoding, compression: "auto", layout });
    const run = await RecordedRun.begin(
      requestOf(url, info, { declaration, codeEnvs: provenance.process.codeEnvs ?? [] }, options),
    );
    try {
      await createVolume(url, info, { ticket: run.admission.ticket, ...(options.store && { options: options.store }) });
      const volume = new CirrusVolume(await openVolume(url, options.store), { ...options, ...provenance });
      volume.#layout = { layout, compression: "auto" };
      volume.#run = { declared: declaredText(declaration), run: Promise.resolve(run) };
      return volume;
    } catch (error) {
      await run.end();
      throw error;
    }
  }

  /** Normalised. */
  get url(): string {
    return this.#volume.url;
  }

  get info(): VolumeInfo {
    return this.#volume.info;
  }

  /** Finest first: the index is the mip. */
  get scales(): readonly Scale[] {
    return this.info.scales;
  }

  /**
   * @param box - voxels of the mip that is read, `[min, max)`, absolute (they include voxel_offset)
   * @returns voxels x fastest, then y, z, channel
   * @throws CirrusError `E_BOX_OUTSIDE`, `E_SCALE_UNKNOWN`, `E_CHUNK_MISSING`, `E_CHUNK_CORRUPT`, `E_ENCODING_UNSUPPORTED`
   */
  read(box: BoundingBox, options: ReadOptions = {}): Promise<Cutout> {
    return readBox(this.#volume, box, options);
  }

  /** One PNG with three sections through the middle. */
  preview(): Promise<Preview> {
    return previewVolume(this.#volume);
  }

  /**
   * Writes whole chunks. Coarser mips stay as they are: `downsample` makes them anew.
   *
   * @param box - voxels of the mip, aligned to its chunks or ending at the volume's edge
   * @param data - voxels x fastest, then y, z, channel, of the volume's type
   * @returns what was stored; durable
   * @throws CirrusError `E_PROVENANCE_MISSING` or `E_PROVENANCE_INVALID` while sources, motivation or process are missing or malformed,
   * `E_BOX_OUTSIDE`, `E_EXTENT_UNALIGNED` naming the nearest legal box, `E_USAGE` when data and box differ, `E_CLAIM_LOST` when an
   * unfinished job owns these chunks; errors of the store. What was stored before a failure is in the run's manifest.
   */
  async write(
    box: BoundingBox,
    data: VoxelArray | Cutout,
    { mip = 0 }: { readonly mip?: number } = {},
  ): Promise<readonly StoredChunk[]> {
    const guarded = this.#guard(mip);
    const cutout = this.#checked(box, data, mip);
    return this.#store(box, mip, guarded, (chunk) => {
      const part = newCutout({ ...cutout, box: chunk });
      copyVoxels(cutout, part, chunk);
      return part.data;
    });
  }

  /**
   * As `write`, from a file of voxels as they lie in memory: little-endian, x fastest, then y, z, channel, nothing before them.
   *
   * @throws CirrusError as `write`; `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNREADABLE`; `E_USAGE` when its size is not that of the box
   */
  async writeFile(
    box: BoundingBox,
    path: string,
    options: { readonly mip?: number } = {},
  ): Promise<readonly StoredChunk[]> {
    this.#guard(options.mip ?? 0);
    return this.write(box, await readVoxels(path, this.info.dataType), options);
  }

  /**
   * Deletes whole chunks; the manifest names them, so that `verify` and `provenance check` know.
   *
   * @param box - as in `write`
   * @returns keys of the objects that are gone
   * @throws CirrusError as `write`
   */
  async delete(box: BoundingBox, { mip = 0 }: { readonly mip?: number } = {}): Promise<readonly string[]> {
    const { series, declaration } = this.#guard(mip);
    this.#checkAligned(box, mip);
    const run = await this.#runFor(declaration);
    run.checkClaims(finestFootprint(this.info, box, mip), mip);
    const gone = await run.perform(async () => {
      const chunks: ChunkReceipt[] = [];
      for (const chunk of chunksIn(box, gridOf(series.scale))) {
        for (const key of keysOfChunk(chunkKey(series.scale.key, chunk.box))) {
          if (!(await run.store.stat(key))) continue;
          await run.store.delete(key);
          chunks.push({ key, bytes: 0, sha256: emptySha256, note: "deleted" });
        }
      }
      return { chunks };
    });
    return gone.map(({ key }) => key);
  }

  /**
   * Adds a scale to the info, coarser than the coarsest one; chunk size and encoding are those of mip 0. It has no chunks before
   * `downsample` or `write` makes them.
   *
   * @param factor - voxels of the coarsest scale per axis that become one
   * @throws CirrusError `E_PROVENANCE_*` as `write`; `E_USAGE`; `E_SOURCE_UNSUPPORTED` for scales that are lossy or not on one grid
   */
  async addScale(factor: Vec3): Promise<Scale> {
    const { declaration } = this.#guard(0);
    const scale = nextScale(this.info, factor);
    const run = await this.#runFor(declaration);
    const { store: options } = this.#options;
    const wanted = { ...this.info, scales: [...this.scales, scale] };
    const { info } = await createVolume(this.url, wanted, {
      ticket: run.admission.ticket,
      ...(options && { options }),
    });
    this.#volume = { ...this.#volume, info };
    return scale;
  }

  /**
   * Makes all chunks of a mip anew out of the next finer one: mean of images, mode of segmentations. One process; `cirrus downsample` is
   * the job for large volumes.
   *
   * @throws CirrusError as `write`; `E_CHUNK_MISSING` when the finer mip is not whole; `E_SOURCE_UNSUPPORTED` when it is lossy
   */
  async downsample({ mip }: { readonly mip: number }): Promise<readonly StoredChunk[]> {
    const guarded = this.#guard(mip);
    if (mip === 0) throw new CirrusError("E_USAGE", "mip 0 has no finer one that it could be made from");
    const step = stepTo(this.info, mip);
    const box = boundsOf(guarded.series.scale);
    return this.#store(box, mip, guarded, (chunk) => voxelsFromFiner(this.#volume, chunk, { mip, step }));
  }

  /** Records how the writing ended, if there was any, and lets go of the stores. Safe to call again. */
  async close(): Promise<void> {
    if (this.#isClosed) return this.#ending;
    this.#isClosed = true;
    await this.#endRun();
    await this.#volume.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Stores the chunks in `box` on the record, a few at a time. */
  async #store(
    box: BoundingBox,
    mip: number,
    { series, declaration }: Guarded,
    voxelsOf: (chunk: BoundingBox) => VoxelArray | Promise<VoxelArray>,
  ): Promise<readonly StoredChunk[]> {
    const run = await this.#runFor(declaration);
    run.checkClaims(finestFootprint(this.info, box, mip), mip);
    const form = await this.#formOf(series.scale);
    return run.perform(async () => {
      const chunks: StoredChunk[] = [];
      const limit = pLimit(chunksAtOnce);
      const results = await Promise.allSettled(
        Array.from(chunksIn(box, gridOf(series.scale)), (chunk) =>
          limit(async () => {
            const voxels = await voxelsOf(chunk.box);
            const stored = await writeChunk({ store: run.store, series, form }, { box: chunk.box, voxels });
            chunks.push(stored);
            await removeOtherForms(run.store, stored.key);
          }),
        ),
      );
      const failed = results.find((result) => result.status === "rejected");
      return { chunks, ...(failed && { failure: failed.reason as unknown }) };
    });
  }

  /** What every change needs, whichever it is. */
  #guard(mip: number): Guarded {
    if (this.#isClosed) throw new CirrusError("E_USAGE", `${this.url} was closed`, { hint: "open it again" });
    const { sources, motivation, process } = this;
    const declaration = checkDeclaration({ sources, motivation, process });
    const series = seriesOf(this.info, mip);
    if (series.scale.sharding)
      throw new CirrusError(
        "E_ENCODING_UNSUPPORTED",
        `mip ${mip} of ${this.url} is sharded: its chunks cannot be replaced one by one`,
        { hint: "cirrus ingest writes sharded volumes; make an unsharded one to write boxes" },
      );
    return { series, declaration };
  }

  /** The run admitted with this declaration; another one is ended first. */
  #runFor(declaration: Declaration): Promise<RecordedRun> {
    const declared = declaredText(declaration);
    if (this.#run?.declared === declared) return this.#run.run;
    const before = this.#endRun();
    const codeEnvs = this.process?.codeEnvs ?? [];
    const run = before.then(() =>
      RecordedRun.begin(requestOf(this.url, this.info, { declaration, codeEnvs }, this.#options)),
    );
    this.#run = { declared, run };
    run.catch(() => {
      if (this.#run?.run === run) this.#run = undefined; // the next write tries again
    });
    return run;
  }

  #endRun(): Promise<void> {
    const current = this.#run;
    this.#run = undefined;
    if (current)
      this.#ending = this.#ending.then(async () => {
        const run = await current.run.catch(() => undefined); // its writer was told
        await run?.end();
      });
    return this.#ending;
  }

  /** Whole chunks only. */
  #checkAligned(box: BoundingBox, mip: number): void {
    const scale = this.scales[mip]!; // seriesOf has looked
    checkBox(box, boundsOf(scale), mip);
    const legal = alignOutward(box, gridOf(scale));
    if (!contains(box, legal))
      throw new CirrusError(
        "E_EXTENT_UNALIGNED",
        `the box ${describeBox(box)} at mip ${mip} cuts chunks of ${scale.chunkSize.join(" x ")}; the nearest legal box is ${describeBox(legal)}`,
        { context: { box, nearest: legal } },
      );
  }

  #checked(box: BoundingBox, data: VoxelArray | Cutout, mip: number): Cutout {
    const { channels, dataType } = this.info;
    this.#checkAligned(box, mip);
    const voxels = ArrayBuffer.isView(data) ? data : data.data;
    const given = ArrayBuffer.isView(data) ? box : data.box;
    const isRight =
      dataTypeOf(voxels) === dataType &&
      voxels.length === product(sizeOf(box)) * channels &&
      contains(given, box) &&
      contains(box, given);
    if (isRight) return { data: voxels, box, mip, channels, dataType };
    throw new CirrusError(
      "E_USAGE",
      `the box ${describeBox(box)} needs ${product(sizeOf(box)) * channels} voxels of ${dataType}; given are ${voxels.length} of ${dataTypeOf(voxels)} for ${describeBox(given)}`,
      { hint: "give a typed array of the volume's type with x fastest, then y, z and channel" },
    );
  }

  /** As the chunks that are there, so that a volume never mixes two layouts. */
  async #formOf({ key, encoding }: Scale): Promise<StoredForm> {
    this.#layout ??= await layoutOf(this.#volume.store, key);
    return chooseForm({ url: this.url, encoding, ...this.#layout });
  }
}

/** Equal for equal declarations, whatever the order of their members. */
const declaredText = ({ sources, motivation, process: { description, parameters } }: Declaration): string =>
  stringifyLossless({ sources, motivation, description, parameters }, "canonical");

const requestOf = (
  url: string,
  info: VolumeInfo,
  { declaration, codeEnvs }: Pick<RunRequest, "declaration" | "codeEnvs">,
  options: OpenOptions,
): RunRequest => ({
  url,
  store: options.store ?? {},
  declaration,
  codeEnvs,
  codeFolder: options.codeFolder ?? process.cwd(),
  parameters: { interface: "CirrusVolume" },
  extent: boundsOf(info.scales[0]!),
  mips: info.scales.map((_, mip) => mip),
});
