/** How long a supervisor waits before it gives something up. */
import { refusalLimits, type RefusalLimits } from "./refusal.js";

export interface Patience {
  /** A worker without a sign of life for so long is killed. */
  readonly silentMs: number;
  /** While draining: a range that would take longer is given back instead of finished. */
  readonly drainMs: number;
  readonly refusal: RefusalLimits;
}

export const patience: Patience = { silentMs: 300_000, drainMs: 30_000, refusal: refusalLimits };
