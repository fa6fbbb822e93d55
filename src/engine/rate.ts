/** Rate and time left, from amounts of work done at known times. Pure: the clock is given. */

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

const mostSamples = 512;

/**
 * Remembers how much was done when, and tells the recent rate: over the later half of the time so far, at least 30 seconds of it, so
 * that a worker that joins or leaves shows soon, and a slow start does not stay for ever.
 *
 * The rate is taken up to the last sample, not up to now: in the middle of a task nothing is known of it.
 */
export class RateMeter {
  #samples: Sample[] = [];

  /** Amounts only grow; the first sample is the start. */
  add(atMs: number, done: number): void {
    this.#samples.push({ atMs, done });
    if (this.#samples.length > mostSamples)
      this.#samples = this.#samples.filter((_, i) => i === 0 || i % 2 === 1 || i === mostSamples);
  }

  get isEmpty(): boolean {
    return this.#samples.length === 0;
  }

  /** Per second; null until something was done. */
  get perSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs || last.done <= first.done) return null;
    const windowMs = Math.max(30_000, (last.atMs - first.atMs) / 2);
    const start = this.#samples.find((sample) => sample.atMs >= last.atMs - windowMs) ?? first;
    const from = start.done < last.done ? start : first;
    return ((last.done - from.done) / (last.atMs - from.atMs)) * 1000;
  }

  /** Seconds until `remaining` more is done, seen from `nowMs`. */
  secondsFor(remaining: number, nowMs: number): number | null {
    const perSecond = this.perSecond;
    const last = this.#samples.at(-1);
    if (perSecond === null || !last) return null;
    return Math.max(0, remaining / perSecond - (nowMs - last.atMs) / 1000);
  }
}
