// The worker's program of the engine's tests.
import { hostWorker } from "#src/engine/worker-host.js";
import { toyKind } from "./toy-kind.js";

hostWorker({
  toy: toyKind,
  unusable: async () => {
    const { CirrusError } = await import("#src/core/errors.js");
    throw new CirrusError("E_MEMORY_BUDGET", "a worker needs at least 128 MB");
  },
  stillborn: async () => process.exit(9),
});
