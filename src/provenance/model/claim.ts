/**
 * Claims keep two jobs from writing the same chunks. A start or resume event says what its run claims; it counts from
 * when it is entered in the claim log: objects `provenance.d/claims/<number>.json`, each put only when absent, so the
 * numbers are one order for everybody. Of two live claims that overlap the lower number holds and the other withdraws.
 * The time of the events could not decide this: an event that is put late may bear the earlier time, after the other
 * side has looked and gone on.
 */
import { contains, intersect, isEmpty, type BoundingBox } from "../../core/bounding-box.js";
import { isRunStep, type Claim, type ProvenanceEvent, type RunStatus } from "./event.js";
import type { LoggedEvent } from "./order.js";

export const claimsPrefix = "provenance.d/claims/";

export const claimKey = (number: number): string => `${claimsPrefix}${String(number).padStart(8, "0")}.json`;

/** undefined when `key` is no entry of the claim log. */
export function claimNumber(key: string): number | undefined {
  const digits = /^provenance\.d\/claims\/(\d+)\.json$/.exec(key)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export interface ClaimEntry {
  readonly number: number;
  /** Id of the start or resume event. */
  readonly event: string;
}

/** True when some chunk could be written by both: they share a mip and voxels. */
export const claimsOverlap = (a: Claim, b: Claim): boolean =>
  a.mips.some((mip) => b.mips.includes(mip)) && !isEmpty(intersect(boxOf(a), boxOf(b)));

const boxOf = ({ extent }: Claim): BoundingBox => ({ min: extent.min, max: extent.max });

/**
 * The run whose claim stands in the way of `own`, or undefined.
 *
 * @param events - in causal order, with `own` among them
 * @param entries - of the claim log, read after the entry of `own` was written
 */
export function claimWinner(
  own: ProvenanceEvent,
  events: readonly LoggedEvent[],
  entries: readonly ClaimEntry[],
): ProvenanceEvent | undefined {
  const { claim } = own;
  const ownNumber = entries.find((entry) => entry.event === own.id)?.number;
  if (!claim || ownNumber === undefined) return undefined;
  const current = currentSteps(events);
  return entries
    .filter(({ number }) => number < ownNumber)
    .map(({ event }) => current.find((step) => step.id === event && step.status === "running"))
    .find(
      (other) =>
        other?.claim !== undefined &&
        other.run !== own.run &&
        other.jobId !== own.jobId &&
        !own.supersedes?.includes(other.run) &&
        claimsOverlap(other.claim, claim) &&
        !isReplaced(other.run, shared(other.claim, claim), events),
    );
}

const shared = (a: Claim, b: Claim): Pick<Claim, "extent" | "mips"> => ({
  extent: intersect(boxOf(a), boxOf(b)),
  mips: a.mips.filter((mip) => b.mips.includes(mip)),
});

/** A superseded run cannot go on: what its successor claimed is the successor's, also when that has ended. */
const isReplaced = (
  run: string,
  { extent, mips }: Pick<Claim, "extent" | "mips">,
  events: readonly LoggedEvent[],
): boolean =>
  successorsOf(run, events).some(
    ({ claim }) => claim && contains(boxOf(claim), extent) && mips.every((mip) => claim.mips.includes(mip)),
  );

/** The last step of every run. */
function currentSteps(events: readonly LoggedEvent[]): ProvenanceEvent[] {
  const last = new Map<string, ProvenanceEvent>();
  for (const { event } of events) if (isRunStep(event)) last.set(event.run, event);
  return [...last.values()];
}

/** State of a run: that of its last step; undefined when there is none. */
export const statusOf = (run: string, events: readonly LoggedEvent[]): RunStatus | undefined =>
  events.findLast(({ event }) => event.run === run && isRunStep(event))?.event.status;

/** The start event of a run that may have replaced chunks of this one; a withdrawn one has not. */
export const supersededBy = (run: string, events: readonly LoggedEvent[]): ProvenanceEvent | undefined =>
  successorsOf(run, events)[0];

const successorsOf = (run: string, events: readonly LoggedEvent[]): ProvenanceEvent[] =>
  events
    .map(({ event }) => event)
    .filter((event) => event.supersedes?.includes(run) && statusOf(event.run, events) !== "withdrawn");
