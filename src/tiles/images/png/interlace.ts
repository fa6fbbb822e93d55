/** Adam7 interlacing of PNG: seven small images that interleave. See the specification, section 8. */

export interface Pass {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly firstX: number;
  readonly firstY: number;
  readonly stepX: number;
  readonly stepY: number;
}

const starts = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The passes that hold pixels of an image of this size, in file order. */
export function passesOf({ widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number }): Pass[] {
  return starts
    .map(([firstX, firstY, stepX, stepY]) => ({
      widthPx: Math.ceil((widthPx - firstX) / stepX),
      heightPx: Math.ceil((heightPx - firstY) / stepY),
      firstX,
      firstY,
      stepX,
      stepY,
    }))
    .filter((pass) => pass.widthPx > 0 && pass.heightPx > 0);
}

interface Target {
  readonly image: Uint8Array;
  readonly widthPx: number;
  readonly pixelBytes: number;
}

/** Writes the pass's pixels to their places in the whole image. */
export function scatterPass(rows: Uint8Array, pass: Pass, { image, widthPx, pixelBytes }: Target): void {
  let from = 0;
  for (let y = 0; y < pass.heightPx; y++) {
    const row = (pass.firstY + y * pass.stepY) * widthPx;
    for (let x = 0; x < pass.widthPx; x++) {
      const to = (row + pass.firstX + x * pass.stepX) * pixelBytes;
      for (let i = 0; i < pixelBytes; i++) image[to + i] = rows[from++]!;
    }
  }
}
