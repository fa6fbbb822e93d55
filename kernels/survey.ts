// Looks at a sample of bytes for what decides how they are compressed: repetitions and runs. The rules are those of src/kernels/survey.ts.

/** Last place + 1 by hash of four bytes. */
const lastPlaces = memory.data(4 * 4096, 16);

/** Counts of the last survey: bytes that repeat earlier ones, bytes that do not, sampled places inside of runs. */
export const surveyed: usize = memory.data(16, 16);

/** @param pieceBytes - of each of `pieces` pieces that are searched; with one piece all of the bytes */
export function survey(from: usize, length: i32, pieces: i32, pieceBytes: i32, runStep: i32): void {
  memory.fill(lastPlaces, 0, 4 * 4096);
  let repeated = 0,
    single = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const start = pieces == 1 ? 0 : (((length - pieceBytes) * (2 * piece + 1)) / (2 * pieces)) & ~63;
    const stop = start + pieceBytes - 4;
    let i = start;
    while (i < stop) {
      const word = load<u32>(from + i);
      const value = word & 255;
      if (word == value * 0x01010101) {
        do i++;
        while (i < stop && <u32>load<u8>(from + i) == value);
        continue;
      }
      if (word >> 8 == (word >> 24) * 0x010101) {
        single++;
        i++;
        continue;
      }
      const slot = lastPlaces + ((<usize>((word * 0x9e3779b1) >> 20)) << 2);
      const place = <i32>load<u32>(slot) - 1;
      store<u32>(slot, i + 1);
      if (place >= 0 && load<u32>(from + place) == word) {
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
    if (word == (word & 255) * 0x01010101) runs++;
  }
  store<u32>(surveyed, repeated);
  store<u32>(surveyed, single, 4);
  store<u32>(surveyed, runs, 8);
}
