/**
 * Mode of windows: COUNTLESS for 2x2x1, else the most frequent value. Values are compared by their bits, so types of equal width
 * share a loop. Rules: section.ts.
 */
import type { VoxelArray } from "../../core/data-type.js";
import { blockOf, targetIndex, windowStart, windowStop, type SectionBox, type Windows } from "./windows.js";

type Words = Uint8Array | Uint16Array | Uint32Array;

/** 2x2x1 and 2x2x2 windows that exist as a whole; false when there is no loop for this job, and nothing was written. */
export function modeInterior(job: Windows, box: SectionBox): boolean {
  const { factor, sources } = job;
  if (factor[0] !== 2 || factor[1] !== 2 || factor[2] > 2 || sources.length !== factor[2]) return false;
  const inputs = sources.map(wordsOf);
  const output = wordsOf(job.target);
  const isPair = job.dataType === "uint64";
  const { from, stride, to, targetStride, width, height } = blockOf(job, box);
  for (let y = 0; y < height; y++) {
    const upper = from + 2 * y * stride;
    const rows = { upper, lower: upper + stride, to: to + y * targetStride, width };
    if (inputs.length === 2) frequentRow(inputs, output, { ...rows, lanes: isPair ? 2 : 1 });
    else if (isPair) countlessRowPairs(inputs[0]!, output, rows);
    else countlessRow(inputs[0]!, output, rows);
  }
  return true;
}

/** In voxels. */
interface Rows {
  readonly upper: number;
  readonly lower: number;
  readonly to: number;
  readonly width: number;
}

function countlessRow(from: Words, target: Words, rows: Rows): void {
  let upper = rows.upper | 0;
  let lower = rows.lower | 0;
  const stop = (rows.to + rows.width) | 0;
  for (let i = rows.to | 0; i < stop; i = (i + 1) | 0) {
    const a = from[upper]!;
    const b = from[(upper + 1) | 0]!;
    const c = from[lower]!;
    target[i] = a === b || a === c ? a : b === c ? b : from[(lower + 1) | 0]!;
    upper = (upper + 2) | 0;
    lower = (lower + 2) | 0;
  }
}

/** 64-bit values as pairs of words: comparing BigInts is far slower. */
function countlessRowPairs(from: Words, target: Words, rows: Rows): void {
  const stop = (rows.to + rows.width) * 2;
  for (let i = rows.to * 2, upper = rows.upper * 2, lower = rows.lower * 2; i < stop; i += 2, upper += 4, lower += 4) {
    const a0 = from[upper]!;
    const a1 = from[upper + 1]!;
    const b0 = from[upper + 2]!;
    const b1 = from[upper + 3]!;
    const c0 = from[lower]!;
    const c1 = from[lower + 1]!;
    if ((a0 === b0 && a1 === b1) || (a0 === c0 && a1 === c1)) {
      target[i] = a0;
      target[i + 1] = a1;
    } else if (b0 === c0 && b1 === c1) {
      target[i] = b0;
      target[i + 1] = b1;
    } else {
      target[i] = from[lower + 2]!;
      target[i + 1] = from[lower + 3]!;
    }
  }
}

/** Two sections: windows of one value, by far the most in segmentations, are decided without counting. */
function frequentRow(sources: readonly Words[], target: Words, rows: Rows & { readonly lanes: 1 | 2 }): void {
  const [a, b] = [sources[0]!, sources[1]!];
  const { lanes } = rows;
  const vote = newVote(8);
  for (let i = 0; i < rows.width; i++) {
    const upper = (rows.upper + 2 * i) * lanes;
    const lower = (rows.lower + 2 * i) * lanes;
    const to = (rows.to + i) * lanes;
    if (isUniform(a, b, upper, lower, lanes)) {
      target[to] = a[upper]!;
      if (lanes === 2) target[to + 1] = a[upper + 1]!;
      continue;
    }
    vote.count = 0;
    for (const section of sources) {
      cast(vote, section, upper, lanes);
      cast(vote, section, upper + lanes, lanes);
      cast(vote, section, lower, lanes);
      cast(vote, section, lower + lanes, lanes);
    }
    elect(vote, target, to, lanes);
  }
}

function isUniform(a: Words, b: Words, upper: number, lower: number, lanes: 1 | 2): boolean {
  for (let lane = 0; lane < lanes; lane++) {
    const value = a[upper + lane]!;
    if (a[upper + lanes + lane] !== value || a[lower + lane] !== value || a[lower + lanes + lane] !== value)
      return false;
    if (b[upper + lane] !== value || b[upper + lanes + lane] !== value) return false;
    if (b[lower + lane] !== value || b[lower + lanes + lane] !== value) return false;
  }
  return true;
}

/** Any factor, any edge: window by window. */
export function modeWindows(job: Windows, box: SectionBox): void {
  const { factor, sourceBox, sourceStride } = job;
  const [fx, fy, fz] = factor;
  const inputs = job.sources.map(wordsOf);
  const output = wordsOf(job.target);
  const lanes = job.dataType === "uint64" ? 2 : 1;
  const isCountless = fx === 2 && fy === 2 && fz === 1;
  const vote = newVote(fx * fy * fz);
  for (let y = box.y0; y < box.y1; y++) {
    const row0 = windowStart(y, fy, sourceBox.y0);
    const row1 = windowStop(y, fy, sourceBox.y0, sourceBox.y1);
    for (let x = box.x0; x < box.x1; x++) {
      const column0 = windowStart(x, fx, sourceBox.x0);
      const column1 = windowStop(x, fx, sourceBox.x0, sourceBox.x1);
      vote.count = 0;
      for (const section of inputs)
        for (let row = row0; row < row1; row++)
          for (let i = column0; i < column1; i++) cast(vote, section, (row * sourceStride + i) * lanes, lanes);
      if (isCountless) electCountless(vote, output, targetIndex(job, x, y) * lanes, lanes);
      else elect(vote, output, targetIndex(job, x, y) * lanes, lanes);
    }
  }
}

/** The values of one window in x-fastest order. */
interface Vote {
  readonly low: Float64Array;
  readonly high: Float64Array;
  count: number;
}

const newVote = (most: number): Vote => ({ low: new Float64Array(most), high: new Float64Array(most), count: 0 });

function cast(vote: Vote, from: Words, at: number, lanes: 1 | 2): void {
  vote.low[vote.count] = from[at]!;
  if (lanes === 2) vote.high[vote.count] = from[at + 1]!;
  vote.count++;
}

/** The most frequent value, the first of equals. A value's later places count fewer voxels, so they never win. */
function elect({ low, high, count }: Vote, target: Words, to: number, lanes: 1 | 2): void {
  let best = 0;
  let winner = 0;
  for (let i = 0; i + best < count; i++) {
    let votes = 1;
    for (let j = i + 1; j < count; j++) if (low[j] === low[i] && high[j] === high[i]) votes++;
    if (votes <= best) continue;
    best = votes;
    winner = i;
  }
  target[to] = low[winner]!;
  if (lanes === 2) target[to + 1] = high[winner]!;
}

/** Absent voxels mirror those that exist, so two or one decide as their first; four decide as COUNTLESS. */
function electCountless({ low, high, count }: Vote, target: Words, to: number, lanes: 1 | 2): void {
  const isSame = (i: number, j: number) => low[i] === low[j] && high[i] === high[j];
  const winner = count < 4 || isSame(0, 1) || isSame(0, 2) ? 0 : isSame(1, 2) ? 1 : 3;
  target[to] = low[winner]!;
  if (lanes === 2) target[to + 1] = high[winner]!;
}

/** The bits of voxels as unsigned words; two words, low one first, for 64 bits. */
function wordsOf(voxels: VoxelArray): Words {
  const { buffer, byteOffset, length } = voxels;
  if (voxels.BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, length);
  if (voxels.BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, length);
  return new Uint32Array(buffer, byteOffset, voxels.byteLength / 4);
}
