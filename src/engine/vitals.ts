/** Tells the others that this supervisor lives and which ranges it holds, and hears what became of the job. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Jobs, JobState } from "../jobs/contracts.js";
import type { LeaseBook } from "./leases.js";

interface VitalsOptions {
  readonly job: Job;
  readonly jobs: Jobs;
  readonly leases: LeaseBook;
  readonly workers: number;
  onState(state: JobState): Promise<void>;
}

/** Also how soon a cancel is heard. */
export const beatMs = 1000;
/** At least so long between two beats, however many short ranges are leased. */
const leastMs = 200;
const reclaimEveryMs = 1000;

export class Vitals {
  readonly #options: VitalsOptions;
  #id: string | undefined;
  #beatAtMs = 0;
  #reclaimedAtMs = -Infinity;
  #telling: Promise<void> | undefined;
  #isOver = false;

  constructor(options: VitalsOptions) {
    this.#options = options;
  }

  /** Registers, then takes back what killed supervisors of this host held, if there ever was one. */
  async begin(): Promise<void> {
    const { job, jobs, workers } = this.#options;
    const { id, isFirst } = await jobs.registerSupervisor(job.id, workers);
    this.#id = id;
    if (!isFirst) await this.reclaim();
  }

  /**
   * Puts ranges back to the queue that killed supervisors of this host held; when nobody else is alive also those that nobody tells
   * of, such as of a lease whose answer was lost. Not while a lease is under way: it could be taken for one of those.
   */
  async reclaim(): Promise<void> {
    const { job, jobs } = this.#options;
    if (this.#id === undefined || performance.now() - this.#reclaimedAtMs < reclaimEveryMs) return;
    await this.beat();
    if (this.#isOver) return;
    await jobs.reclaimDead(job.id, this.#id);
    this.#reclaimedAtMs = performance.now();
  }

  async beat(): Promise<void> {
    const { jobs, leases, workers, onState } = this.#options;
    // A beat that is read after a lease and does not tell of it says that nobody holds it: others would take it back.
    await leases.answered();
    if (this.#id === undefined || this.#isOver) return;
    this.#beatAtMs = performance.now();
    await onState(await jobs.heartbeatSupervisor(this.#id, { holding: leases.holding, workers }));
  }

  /** A beat soon, for leases that are new: those that were told come back at once when this process is killed. */
  tell(): Promise<void> {
    this.#telling ??= sleep(Math.max(0, this.#beatAtMs + leastMs - performance.now())).then(() => {
      this.#telling = undefined;
      return this.beat();
    });
    return this.#telling;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#telling?.catch(() => {}); // whoever asked for it heard of it
    if (this.#id !== undefined) await this.#options.jobs.leave(this.#id);
  }
}
