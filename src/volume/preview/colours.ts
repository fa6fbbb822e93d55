/** Voxels to colours: images by contrast, labels by a colour of their own. Pure. */
export type Rgb = readonly [red: number, green: number, blue: number];

export interface Contrast {
  readonly low: number;
  readonly high: number;
}

/**
 * Values below which 1 % and 99 % of the voxels lie, so that a few odd ones do not darken the rest.
 *
 * @param samples - NaN and infinities do not count; 0 to 1 when nothing is left
 */
export function contrastOf(samples: Iterable<number>): Contrast {
  const sorted = Float64Array.from(Array.from(samples).filter(Number.isFinite)).sort();
  if (!sorted.length) return { low: 0, high: 1 };
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]!;
  return { low: at(0.01), high: at(0.99) };
}

/** 0 at `low`, 255 at `high`; where both are equal everything above is white. */
export function greyOf(value: number, { low, high }: Contrast): number {
  if (!(value > low)) return 0;
  return value >= high ? 255 : Math.round(((value - low) / (high - low)) * 255);
}

/** 0 is black; every other label has a bright colour, near ones far apart. The same label has the same colour everywhere. */
export function labelColour(label: number | bigint): Rgb {
  if (BigInt(label) === 0n) return [0, 0, 0];
  const id = BigInt.asUintN(64, BigInt(label));
  const mixed = mix(Number(id & 0xffffffffn) ^ mix(Number(id >> 32n)));
  return fromHue((mixed >>> 8) / 2 ** 24, 0.55 + 0.45 * ((mixed & 15) / 15), 0.75 + 0.25 * (((mixed >>> 4) & 15) / 15));
}

/** Finaliser of MurmurHash3: every bit of the label changes every bit of the result. */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** All of 0 to 1. */
function fromHue(hue: number, saturation: number, value: number): Rgb {
  const channel = (shift: number) => {
    const k = (shift + hue * 6) % 6;
    return Math.round(255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
