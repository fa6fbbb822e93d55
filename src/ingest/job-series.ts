/** The chunk series of a job's mips, as stored, and as kept in scratch. */
import type { BoundingBox } from "../core/bounding-box.js";
import { encodingNamed } from "../formats/precomputed/encodings/table.js";
import { seriesOf, storedKey, type ChunkSeries } from "../volume/chunk-store.js";
import type { StoredForm } from "../volume/stored-form.js";
import type { JobDocument } from "./job-document.js";
import { scratchPrefix } from "./scratch.js";
import { encodingMembers } from "./encoding-members.js";
import { volumeInfoOf } from "./volume-info.js";

export class JobSeries {
  readonly form: StoredForm;
  /** Chunks that a coarser mip is made from later are kept in scratch, losslessly. */
  readonly isLossy: boolean;
  readonly #series: readonly ChunkSeries[];

  constructor({ plan, destination }: Pick<JobDocument, "plan" | "destination">) {
    const info = volumeInfoOf(plan, destination);
    this.form = destination.form;
    this.isLossy = encodingNamed(encodingMembers(destination.encoding).encoding).isLossy;
    this.#series = info.scales.map((_, mip) => seriesOf(info, mip));
  }

  at(mip: number): ChunkSeries {
    return this.#series[mip]!;
  }

  scratchAt(mip: number): ChunkSeries {
    const { scale, ...shape } = this.at(mip);
    const { key, resolutionNm, size, voxelOffset, chunkSize } = scale;
    return {
      ...shape,
      scale: { key: `${scratchPrefix}${key}`, resolutionNm, size, voxelOffset, chunkSize, encoding: "raw" },
    };
  }

  /** Key of a chunk as the job stores it. */
  key(mip: number, box: BoundingBox): string {
    return storedKey(this.at(mip), this.form, box);
  }

  scratchKey(mip: number, box: BoundingBox): string {
    return storedKey(this.scratchAt(mip), "plain", box);
  }
}
