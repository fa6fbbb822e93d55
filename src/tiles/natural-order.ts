/** Orders names as people number them: slice2 before slice10, the same on every platform and in every locale. */

const parts = /(\d+)|(\D+)/g;

/** For `Array.sort`: runs of digits compare by value, everything else by code unit; `a01` follows `a1`. */
export function compareNaturally(a: string, b: string): number {
  const left = a.match(parts) ?? [];
  const right = b.match(parts) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = comparePart(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  if (left.length !== right.length) return left.length - right.length;
  return compareText(a, b);
}

function comparePart(a: string, b: string): number {
  if (!isNumber(a) || !isNumber(b)) return compareText(a, b);
  // As text, so that numbers of any length compare exactly.
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || compareText(left, right);
}

const isNumber = (part: string): boolean => part >= "0" && part < ":";
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
