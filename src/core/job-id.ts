/** Job ids: short, sortable by time, typable, without look-alike letters. Pure: clock and randomness are given. */

const letters = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford base 32

/** Seconds since 2020-01-01 in 6 letters (34 years), then 4 random ones: `1fq2k9-x7pd`. */
export function jobIdAt(timeMs: number, random: Uint8Array): string {
  let seconds = Math.floor((timeMs - Date.UTC(2020, 0, 1)) / 1000);
  let head = "";
  for (let i = 0; i < 6; i++) {
    head = letters[seconds % 32]! + head;
    seconds = Math.floor(seconds / 32);
  }
  return `${head}-${[...random.subarray(0, 4)].map((byte) => letters[byte % 32]).join("")}`;
}

export const isJobId = (text: string): boolean => /^[0-9a-hjkmnp-tv-z]{6}-[0-9a-hjkmnp-tv-z]{4}$/.test(text);
