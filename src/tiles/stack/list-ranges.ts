/** `3, 5-9, 12, ...`: at most twenty ranges of numbers that ascend. */
export function listRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.slice(0, 20).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  return shown.join(", ") + (ranges.length > 20 ? ", ..." : "");
}
