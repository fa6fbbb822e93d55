/** The part of an image that a task asks for, as far as the image goes. */
import type { PixelBox } from "./contracts.js";

interface ImageSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * A tile may be smaller than its grid says, and the caller finds out by the decoded tile's size: what is asked for beyond it is left out.
 *
 * @param part - default: the whole image
 * @returns a box inside the image, possibly empty
 */
export function clipPart(part: PixelBox | undefined, { widthPx, heightPx }: ImageSize): PixelBox {
  if (!part) return { x0: 0, y0: 0, x1: widthPx, y1: heightPx };
  const [x0, y0] = [Math.min(Math.max(part.x0, 0), widthPx), Math.min(Math.max(part.y0, 0), heightPx)];
  return { x0, y0, x1: Math.max(x0, Math.min(part.x1, widthPx)), y1: Math.max(y0, Math.min(part.y1, heightPx)) };
}
