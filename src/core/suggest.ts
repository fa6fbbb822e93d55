/** "Did you mean …?": the nearest of the known names, for commands, flags and config keys. */

/**
 * The candidate that `word` most likely meant; undefined when none is near.
 *
 * Case, `_` and `-` do not count (`resolution_nm` means `resolutionNm`). Two names are near when at most two fifths of the
 * letters differ, three at most; among equals the first wins.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    const known = plain(name);
    const distance = editDistance(wanted, known);
    const limit = Math.min(3, Math.floor(Math.max(wanted.length, known.length) * 0.4));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** ` (did you mean "x"?)` to append to a message, or "". */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const name = suggest(word, candidates);
  return name === undefined ? "" : ` (did you mean "${name}"?)`;
}

const plain = (name: string): string => name.toLowerCase().replace(/[-_]/g, "");

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
