/** Lists of inputs become objects beside the volume, each once: they are named by their content. */
import type { WritableStore } from "../../storage/store.js";
import type { Input } from "../model/input.js";
import { putOnce } from "../objects.js";
import type { CapturedInput } from "./capture-inputs.js";

/** @returns the records, in the order given; their lists are not yet durable */
export const writeInputs = (store: WritableStore, captured: readonly CapturedInput[]): Promise<Input[]> =>
  Promise.all(
    captured.map(async ({ input, list }) => {
      // One that is there already was perhaps packed by another zlib; its name tells what it must hold.
      if (input.listKey !== undefined && list) await putOnce(store, input.listKey, list);
      return input;
    }),
  );
