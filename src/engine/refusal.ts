/**
 * The gate that a run closes while its destination or source answers with temporary errors (503, a timeout):
 * nothing new is leased or tried until it opens again, and one success opens it.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface RefusalLimits {
  /** Wait after the first refusal; doubles with each further one. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** Refused for so long without one success: the run gives up (its job can be joined). */
  readonly giveUpAfterMs: number;
}

export const refusalLimits: RefusalLimits = { firstWaitMs: 1000, longestWaitMs: 30_000, giveUpAfterMs: 600_000 };

export class RefusalGate {
  readonly #limits: RefusalLimits;
  #refusals = 0;
  #sinceMs = 0;
  #openAtMs = 0;
  #successes = 0;

  constructor(limits: RefusalLimits) {
    this.#limits = limits;
  }

  get isClosed(): boolean {
    return performance.now() < this.#openAtMs;
  }

  /** Grows with each success: tells a task whether others fared better meanwhile. */
  get successes(): number {
    return this.#successes;
  }

  accepted(): void {
    this.#refusals = 0;
    this.#openAtMs = 0;
    this.#successes++;
  }

  /** Closes the gate; several refusals while it is closed count once. False when it is time to give up. */
  refused(): boolean {
    const nowMs = performance.now();
    if (this.isClosed) return true;
    if (this.#refusals === 0) this.#sinceMs = nowMs;
    if (nowMs - this.#sinceMs > this.#limits.giveUpAfterMs) return false;
    const waitMs = Math.min(this.#limits.longestWaitMs, this.#limits.firstWaitMs * 2 ** this.#refusals);
    this.#refusals++;
    this.#openAtMs = nowMs + waitMs;
    return true;
  }

  /** Resolves when the gate is open, or `stop` is aborted. */
  async opened(stop: AbortSignal): Promise<void> {
    while (this.isClosed && !stop.aborted)
      await sleep(Math.max(1, this.#openAtMs - performance.now()), undefined, { signal: stop }).catch(() => {});
  }
}
