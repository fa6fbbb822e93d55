/** Mean of windows, rounded half to even. Rules: section.ts. */
import { meanBytes } from "./mean-bytes.js";
import { blockOf, targetIndex, windowStart, windowStop, type Block, type SectionBox, type Windows } from "./windows.js";

type Narrow = Uint8Array | Uint16Array | Int8Array | Int16Array;
type Wide = Uint32Array | Int32Array | Float32Array;

/**
 * `x + roundingShift - roundingShift` rounds |x| < 2^51 to a whole number, half to even: above 2^52 a double has no fraction,
 * so the addition itself rounds.
 */
const roundingShift = 1.5 * 2 ** 52;

/** Fast loops for windows that exist as a whole; false when there is none for this job, and nothing was written. */
export function meanInterior(job: Windows, box: SectionBox): boolean {
  const { factor, sources, dataType } = job;
  if (factor[0] !== 2 || factor[1] !== 2 || sources.length > 2 || dataType === "uint64") return false;
  if (dataType === "uint8" && meanBytes(job, box)) return true;
  const isNarrow = dataType === "uint8" || dataType === "uint16" || dataType === "int8" || dataType === "int16";
  // The casts hold: the data type was compared with every array (section.ts, check).
  if (isNarrow && sources.length === 1) meanNarrow4(sources[0] as Narrow, job.target as Narrow, blockOf(job, box));
  else if (isNarrow) meanNarrow8(sources as readonly Narrow[], job.target as Narrow, blockOf(job, box));
  else meanWide(sources as readonly Wide[], job.target as Wide, blockOf(job, box));
  return true;
}

/**
 * Sums fit into 32 bits; `s + n/2 - 1 + (floor(s/n) & 1) >> log2 n` is half to even, for negative sums too. The `| 0` keep indices
 * 32-bit integers for the compiler: half again to twice as fast as without.
 */
function meanNarrow4(a: Narrow, target: Narrow, { from, stride, to, targetStride, width, height }: Block): void {
  for (let y = 0; y < height; y++) {
    let upper = (from + 2 * y * stride) | 0;
    let lower = (upper + stride) | 0;
    const first = (to + y * targetStride) | 0;
    const stop = (first + width) | 0;
    for (let i = first; i < stop; i = (i + 1) | 0) {
      const sum = (a[upper]! + a[(upper + 1) | 0]! + a[lower]! + a[(lower + 1) | 0]!) | 0;
      target[i] = (sum + 1 + ((sum >> 2) & 1)) >> 2;
      upper = (upper + 2) | 0;
      lower = (lower + 2) | 0;
    }
  }
}

function meanNarrow8(sources: readonly Narrow[], target: Narrow, block: Block): void {
  const { from, stride, to, targetStride, width, height } = block;
  const [a, b] = [sources[0]!, sources[1]!];
  for (let y = 0; y < height; y++) {
    let upper = (from + 2 * y * stride) | 0;
    let lower = (upper + stride) | 0;
    const first = (to + y * targetStride) | 0;
    const stop = (first + width) | 0;
    for (let i = first; i < stop; i = (i + 1) | 0) {
      const near = (a[upper]! + a[(upper + 1) | 0]! + a[lower]! + a[(lower + 1) | 0]!) | 0;
      const far = (b[upper]! + b[(upper + 1) | 0]! + b[lower]! + b[(lower + 1) | 0]!) | 0;
      const sum = (near + far) | 0;
      target[i] = (sum + 3 + ((sum >> 3) & 1)) >> 3;
      upper = (upper + 2) | 0;
      lower = (lower + 2) | 0;
    }
  }
}

/** 32-bit integers and floats: sums of 8 fit a double exactly (integers), divisions by 4 and 8 lose nothing. */
function meanWide(sources: readonly Wide[], target: Wide, block: Block): void {
  const { from, stride, to, targetStride, width, height } = block;
  const a = sources[0]!;
  const b = sources[1];
  const isFloat = target instanceof Float32Array;
  for (let y = 0; y < height; y++) {
    let upper = (from + 2 * y * stride) | 0;
    let lower = (upper + stride) | 0;
    const first = (to + y * targetStride) | 0;
    const stop = (first + width) | 0;
    for (let i = first; i < stop; i = (i + 1) | 0) {
      let sum = a[upper]! + a[(upper + 1) | 0]! + a[lower]! + a[(lower + 1) | 0]!;
      if (b) sum = sum + b[upper]! + b[(upper + 1) | 0]! + b[lower]! + b[(lower + 1) | 0]!;
      const mean = b ? sum / 8 : sum / 4;
      target[i] = isFloat ? mean : mean + roundingShift - roundingShift;
      upper = (upper + 2) | 0;
      lower = (lower + 2) | 0;
    }
  }
}

/** Any factor, any edge: window by window. */
export function meanWindows(job: Windows, box: SectionBox): void {
  if (job.dataType === "uint64") return meanWindows64(job, box);
  const sources = job.sources as readonly (Narrow | Wide)[];
  const target = job.target as Narrow | Wide;
  const isFloat = job.dataType === "float32";
  const { sourceBox, sourceStride } = job;
  const [fx, fy] = job.factor;
  for (let y = box.y0; y < box.y1; y++) {
    const row0 = windowStart(y, fy, sourceBox.y0);
    const row1 = windowStop(y, fy, sourceBox.y0, sourceBox.y1);
    for (let x = box.x0; x < box.x1; x++) {
      const column0 = windowStart(x, fx, sourceBox.x0);
      const column1 = windowStop(x, fx, sourceBox.x0, sourceBox.x1);
      let sum = -0; // the neutral element of addition: 0 would turn a lone -0 into 0
      for (const section of sources)
        for (let row = row0; row < row1; row++) {
          const line = row * sourceStride;
          for (let i = column0; i < column1; i++) sum += section[line + i]!;
        }
      const count = sources.length * (row1 - row0) * (column1 - column0);
      target[targetIndex(job, x, y)] = isFloat ? sum / count : divideHalfEven(sum, count);
    }
  }
}

/** uint64: low and high words are summed apart (each sum < 2^53), so nothing is rounded before the end. */
function meanWindows64(job: Windows, box: SectionBox): void {
  const words = job.sources.map((s) => new Uint32Array(s.buffer, s.byteOffset, s.length * 2));
  const target = new Uint32Array(job.target.buffer, job.target.byteOffset, job.target.length * 2);
  const { sourceBox, sourceStride } = job;
  const [fx, fy] = job.factor;
  for (let y = box.y0; y < box.y1; y++) {
    const row0 = windowStart(y, fy, sourceBox.y0);
    const row1 = windowStop(y, fy, sourceBox.y0, sourceBox.y1);
    for (let x = box.x0; x < box.x1; x++) {
      const column0 = windowStart(x, fx, sourceBox.x0);
      const column1 = windowStop(x, fx, sourceBox.x0, sourceBox.x1);
      let low = 0;
      let high = 0;
      for (const section of words)
        for (let row = row0; row < row1; row++) {
          const line = row * sourceStride;
          for (let i = (line + column0) * 2; i < (line + column1) * 2; i += 2) {
            low += section[i]!;
            high += section[i + 1]!;
          }
        }
      const count = words.length * (row1 - row0) * (column1 - column0);
      const carried = high % count;
      const rounded = divideHalfEven(carried * 2 ** 32 + low, count); // < 2^33 + 1
      const carry = rounded >= 2 ** 32 ? Math.floor(rounded / 2 ** 32) : 0;
      const at = targetIndex(job, x, y) * 2;
      target[at] = rounded - carry * 2 ** 32;
      target[at + 1] = (high - carried) / count + carry;
    }
  }
}

/** Exact for |sum| < 2^53: the remainder of doubles is exact, and so is the quotient of a multiple. */
function divideHalfEven(sum: number, count: number): number {
  const signed = sum % count;
  const remainder = signed < 0 ? signed + count : signed;
  const quotient = (sum - remainder) / count;
  const twice = remainder * 2;
  return twice > count || (twice === count && quotient % 2 !== 0) ? quotient + 1 : quotient;
}
