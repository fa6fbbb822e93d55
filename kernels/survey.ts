// Looks at a sample of bytes for what decides how they are compressed: repetitions and runs. The rules are those of src/kernels/survey.ts.

/** The last four bytes by their hash: whether there were any is no question then, which the processor would guess wrong half of the time. Never 0, a run. */
const lastWords = memory.data(4 * 4096, 16);

/** Counts of the last survey: bytes that repeat earlier ones, bytes that do not, sampled places inside of runs. */
export const surveyed: usize = memory.data(16, 16);

/** @param pieceBytes - of each of `pieces` pieces that are searched; with one piece all of the bytes */
export function survey(from: usize, length: i32, pieces: i32, pieceBytes: i32, runStep: i32): void {
  memory.fill(lastWords, 0, 4 * 4096);
  let repeated = 0,
    single = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const start = pieces == 1 ? 0 : (((length - pieceBytes) * (2 * piece + 1)) / (2 * pieces)) & ~63;
    const stop = start + pieceBytes - 4;
    let i = start;
    while (i < stop) {
      const word = load<u32>(from + i);
      // The last three bytes are the same: a run, or the byte before one.
      if (word >> 8 == (word >> 24) * 0x010101) {
        const value = word & 255;
        if (value == word >> 24) {
          do i++;
          while (i < stop && <u32>load<u8>(from + i) == value);
        } else {
          single++;
          i++;
        }
        continue;
      }
      const slot = lastWords + ((<usize>((word * 0x9e3779b1) >> 20)) << 2);
      const last = load<u32>(slot);
      store<u32>(slot, word);
      if (last == word) {
        repeated += 4;
        i += 4;
      } else {
        single++;
        i++;
      }
    }
  }
  let runs = 0;
  for (let i = 0; i + 3 < length; i += runStep) {
    const word = load<u32>(from + i);
    runs += i32(word == rotl(word, 8));
  }
  store<u32>(surveyed, repeated);
  store<u32>(surveyed, single, 4);
  store<u32>(surveyed, runs, 8);
}
