/** Looks for what keeps readers from a volume's `provenance` file, and mends it; the file as it was stays beside it. */
import type { StoreOptions } from "../storage/store.js";
import { append, inRecordStore, inStore, newEvent, type DocumentOptions, type VolumeAddress } from "./document.js";
import { keepAside, readProvenanceFile } from "./fold-into-store.js";
import { additionOf } from "./model/addition.js";
import { lintText, repairFile, type Finding } from "./model/lint.js";
import { noteTime } from "./model/note.js";
import { textOfBytes } from "./objects.js";

export interface LintReport {
  /** Of the file; null when the volume has none. */
  readonly key: string | null;
  readonly findings: readonly Finding[];
  /** Key of the file as it was before it was mended; null when nothing was mended. */
  readonly keptAs: string | null;
  /** As `Documented.warnings`. */
  readonly warnings: readonly string[];
}

/** @throws CirrusError errors of the store; never because of what the file holds */
export function lintProvenance(volume: VolumeAddress, options?: StoreOptions): Promise<LintReport> {
  return inStore(volume, options, async (store) => {
    const { key = null, bytes } = await readProvenanceFile(store);
    return { key, findings: key === null ? [] : lintText(await textOfBytes(bytes)), keptAs: null, warnings: [] };
  });
}

/**
 * Writes the file anew without what was found, when something was; an event and a note say so.
 *
 * @throws CirrusError `E_VOLUME_NOT_FOUND`; errors of the store
 */
export async function fixProvenance(volume: VolumeAddress, options: DocumentOptions = {}): Promise<LintReport> {
  return inRecordStore(volume, options.store, async (store) => {
    const { key = null, bytes } = await readProvenanceFile(store);
    const findings = key === null ? [] : lintText(await textOfBytes(bytes));
    if (!findings.length) return { key, findings, keptAs: null, warnings: [] };
    const keptAs = await keepAside(store, bytes);
    const text = `cirrus provenance lint --fix mended ${findings.length} ${findings.length === 1 ? "finding" : "findings"}; the file as it was: ${keptAs}`;
    const note = { type: "GENERIC", text } as const;
    const event = await newEvent(store, options.who, { kind: "note", status: "completed", note });
    const mend = { mend: (file: Parameters<typeof repairFile>[0]) => repairFile(file, noteTime(event.time)) };
    const { warnings } = await append(event, {
      store,
      options,
      additionOf: (logged) => ({ ...additionOf(logged), ...mend }),
    });
    await store.sync([keptAs]);
    return { key, findings, keptAs, warnings };
  });
}
