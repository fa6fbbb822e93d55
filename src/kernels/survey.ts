/** Looks at a sample of bytes for what decides how they are compressed: repetitions and runs. */
import { addressOf } from "./arena.js";
import { loadKernels } from "./kernels.js";

/** Byte positions looked at for runs, a number without common factors with rows and voxels, so that all columns are seen. */
const runStep = 61;
const pieces = 4;
const pieceBytes = 2048;

export interface Survey {
  /** Share of the bytes outside of runs that a search for the last place of the same four bytes finds again; of 8 KiB. */
  readonly repeats: number;
  /** Share of the bytes that are in runs of one value; of every 61st byte. */
  readonly runs: number;
}

export function survey(bytes: Uint8Array): Survey {
  const kernels = loadKernels();
  const at = addressOf(bytes);
  if (!kernels || at === undefined) return plainSurvey(bytes);
  const isWhole = bytes.length <= pieces * pieceBytes;
  kernels.survey(at, bytes.length, isWhole ? 1 : pieces, isWhole ? bytes.length : pieceBytes, runStep);
  const [repeated, single, runs] = new Uint32Array(kernels.memory.buffer, Number(kernels.surveyed.value), 3);
  return sharesOf({ repeated: repeated!, single: single!, runs: runs! }, bytes.length);
}

/** Exported for its test: the oracle of the kernel. */
export function plainSurvey(bytes: Uint8Array): Survey {
  let runs = 0;
  for (let i = 0; i + 3 < bytes.length; i += runStep)
    if (bytes[i] === bytes[i + 1] && bytes[i] === bytes[i + 2] && bytes[i] === bytes[i + 3]) runs++;
  return sharesOf({ ...countRepeats(bytes), runs }, bytes.length);
}

interface Counts {
  readonly repeated: number;
  readonly single: number;
  readonly runs: number;
}

const sharesOf = ({ repeated, single, runs }: Counts, length: number): Survey => ({
  repeats: repeated === 0 ? 0 : repeated / (repeated + single),
  runs: (runs * runStep) / Math.max(length, 1),
});

function countRepeats(bytes: Uint8Array): Omit<Counts, "runs"> {
  const isWhole = bytes.length <= pieces * pieceBytes;
  const count = isWhole ? 1 : pieces;
  const length = isWhole ? bytes.length : pieceBytes;
  const lastPlace = new Uint32Array(4096); // by hash of four bytes, place + 1
  let repeated = 0;
  let single = 0;
  for (let piece = 0; piece < count; piece++) {
    const start = isWhole ? 0 : Math.floor(((bytes.length - length) * (2 * piece + 1)) / (2 * count)) & ~63;
    const stop = start + length - 4;
    let i = start;
    while (i < stop) {
      const value = bytes[i]!;
      const word = value | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      if (word === Math.imul(value, 0x01010101)) {
        do i++;
        while (i < stop && bytes[i] === value);
        continue;
      }
      // The byte before a run is no match worth more than the run itself (row after row at a black border).
      if (word >>> 8 === Math.imul(word >>> 24, 0x010101)) {
        single++;
        i++;
        continue;
      }
      const slot = Math.imul(word, 0x9e3779b1) >>> 20;
      const place = lastPlace[slot]! - 1;
      lastPlace[slot] = i + 1;
      if (place >= 0 && isSame(bytes, place, i)) {
        repeated += 4;
        i += 4;
      } else {
        single++;
        i++;
      }
    }
  }
  return { repeated, single };
}

const isSame = (bytes: Uint8Array, a: number, b: number): boolean =>
  bytes[a] === bytes[b] &&
  bytes[a + 1] === bytes[b + 1] &&
  bytes[a + 2] === bytes[b + 2] &&
  bytes[a + 3] === bytes[b + 3];
