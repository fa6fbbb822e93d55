/** The ranges that this supervisor holds now, kept alive by touching them more often than the queue's heartbeat. */
import { leaseSeconds, type Lease, type RangeQueue } from "../jobs/contracts.js";

/** How often to call `touch`. */
export const touchMs = (leaseSeconds * 1000) / 3;

export interface HeldRange {
  readonly lease: Lease;
  /** Aborted when the lease became another's, or the run is over: its work is to be stopped and ignored. */
  readonly dropped: AbortSignal;
}

interface Held extends HeldRange {
  readonly abort: AbortController;
  /** Its completion is on its way: no longer touched, so that the answer "not yours" is not taken for a loss. */
  isSettling: boolean;
}

export class LeaseBook {
  readonly #queue: RangeQueue;
  readonly #held = new Map<string, Held>();
  #asked: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(queue: RangeQueue) {
    this.#queue = queue;
  }

  get holding(): Lease[] {
    return [...this.#held.values()].map((held) => held.lease);
  }

  /** Resolves when the answers to all leases that were asked for until now are in the book. */
  answered(): Promise<void> {
    return this.#asked;
  }

  take(count: number): Promise<HeldRange[]> {
    const taking = this.#queue.lease(count).then((leases) => this.#hold(leases));
    this.#asked = Promise.allSettled([this.#asked, taking]).then(() => {});
    return taking;
  }

  #hold(leases: readonly Lease[]): HeldRange[] {
    return leases.map((lease) => {
      // The same range leased again while an earlier attempt is in the book: that one is over.
      this.#held.get(lease.id)?.abort.abort();
      const abort = new AbortController();
      const held: Held = { lease, dropped: abort.signal, abort, isSettling: false };
      this.#held.set(lease.id, held);
      if (this.#isOver) abort.abort();
      return held;
    });
  }

  /** Keeps all alive; those that turn out to be another's are forgotten and dropped. */
  async touch(): Promise<void> {
    const held = [...this.#held.values()].filter((each) => !each.isSettling);
    if (!held.length) return;
    const notOurs = new Set(await this.#queue.touch(held.map((each) => each.lease)));
    for (const each of held)
      if (notOurs.has(each.lease.id) && !each.isSettling && this.#held.get(each.lease.id) === each) {
        this.#held.delete(each.lease.id);
        each.abort.abort();
      }
  }

  /** From here until `settled` the range is held, but not touched. */
  settling(held: HeldRange): void {
    const known = this.#held.get(held.lease.id);
    if (known === held) known.isSettling = true;
  }

  settled(held: HeldRange): void {
    if (this.#held.get(held.lease.id) === held) this.#held.delete(held.lease.id);
  }

  /** Back to the queue as if never leased. */
  async release(held: readonly HeldRange[]): Promise<void> {
    const ours = held.filter((each) => this.#held.get(each.lease.id) === each);
    for (const each of ours) this.#held.delete(each.lease.id);
    if (ours.length) await this.#queue.release(ours.map((each) => each.lease));
  }

  /** The run is over: drops all, and whatever a lease that is under way still brings. They are held until `releaseAll`. */
  dropAll(): void {
    this.#isOver = true;
    for (const held of this.#held.values()) held.abort.abort();
  }

  releaseAll(): Promise<void> {
    return this.release([...this.#held.values()]);
  }
}
