/** Numbers for people: units, durations, thousands separators. Machines get plain numbers. */

const decimal = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1.5 GB`; 1000s, three figures. */
export const formatBytes = (bytes: number): string => scaled(bytes, 1000, decimal);

/** `1.5 GB (1.4 GiB)`: where the difference between the two units matters (memory, free space). */
export const formatBytesBoth = (bytes: number): string =>
  bytes < 1000 ? formatBytes(bytes) : `${formatBytes(bytes)} (${scaled(bytes, 1024, binary)})`;

/** `1,234,567`. */
export const formatCount = (count: number | bigint): string => count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** `1 tile`, `1,200 tiles`. */
export const formatCounted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** The two largest units: `0.4 s`, `42 s`, `3 min 5 s`, `2 h 14 min`, `3 d 4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** Columns as wide as their widest cell, two spaces between, no trailing spaces. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, visibleLength(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell + " ".repeat(widths[i]! - visibleLength(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function scaled(bytes: number, base: number, units: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would be printed as 1000.
  while (Math.abs(value) >= base - 0.5 && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  if (unit === 0) return `${Math.round(value)} B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${Number(value.toFixed(digits))} ${units[unit]}`;
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

// eslint-disable-next-line no-control-regex -- colour codes take no room
const visibleLength = (text: string): number => text.replace(/\u001b\[\d+m/g, "").length;
