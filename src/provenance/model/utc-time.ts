/** Times as people type them. */
import { CirrusError } from "../../core/errors.js";

const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/i;

/**
 * RFC 3339 in UTC with milliseconds, as events have it.
 *
 * @param text - `2025-03-01`, `2025-03-01 09:30`, `2025-03-01T09:30:00+01:00`; UTC where no zone is said
 * @param name - of the field, for the message
 * @throws CirrusError `E_PROVENANCE_INVALID`
 */
export function utcTime(text: string, name: string): string {
  const [, date, time = "00:00", zone = "Z"] = form.exec(text.trim()) ?? [];
  const milliseconds = Date.parse(`${date}T${time}${/^(?:z|utc)$/i.test(zone) ? "Z" : zone}`);
  if (date !== undefined && !Number.isNaN(milliseconds)) return new Date(milliseconds).toISOString();
  throw new CirrusError("E_PROVENANCE_INVALID", `${name}: "${text}" is no date and time`, {
    hint: "write it like 2025-03-01 09:30 (UTC) or 2025-03-01T09:30:00+01:00",
  });
}
