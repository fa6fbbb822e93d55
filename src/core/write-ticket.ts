/**
 * Proof that a ProvenanceRecord is durable beside a destination: the only thing that opens a store for writing.
 * `provenance/admit.ts` is the only caller of `mintTicket` (architecture.test.ts holds it to that).
 */

declare const ticket: unique symbol;

export interface WriteTicket {
  readonly [ticket]: true;
  /** Normalised URL of the volume or repository; writing outside of it is refused. */
  readonly destination: string;
  /** Key of the record, relative to the destination. */
  readonly recordKey: string;
}

const minted = new WeakSet<object>();

export function mintTicket(destination: string, recordKey: string): WriteTicket {
  // The brand is a type only; the set below is what a check at run time looks at.
  const made = Object.freeze({ destination, recordKey }) as WriteTicket;
  minted.add(made);
  return made;
}

/** False for anything that only looks like a ticket. */
export const isMinted = (candidate: WriteTicket): boolean => minted.has(candidate);
