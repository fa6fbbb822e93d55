/** How changed objects read; apart from event.ts, whose schemas take long to load. */
import type { ChangedObjects } from "./event.js";

/** "2 altered, 1 missing: 4_4_40/0-64_0-64_0-64, ..." */
export function changedText({ altered, missing, added, keys }: ChangedObjects): string {
  const counts = Object.entries({ altered, missing, added }).filter(([, n]) => n > 0);
  const more = altered + missing + added > keys.length ? ", ..." : "";
  return `${counts.map(([what, n]) => `${n} ${what}`).join(", ")}: ${keys.join(", ")}${more}`;
}
