/** A small CATMAID stack for commands to work on. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

export const grey = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "grey" } }).toColourspace("b-w");

/** 2 x 2 tiles of 32 x 32, the last column and row clipped to 10; sections 3 and 5, of which 4 is missing. */
export async function writeStack(root: string): Promise<void> {
  for (const z of [3, 5]) {
    await mkdir(join(root, String(z)), { recursive: true });
    for (const row of [0, 1])
      for (const column of [0, 1])
        await grey(column ? 10 : 32, row ? 10 : 32)
          .png()
          .toFile(join(root, String(z), `${row}_${column}_0.png`));
  }
}
