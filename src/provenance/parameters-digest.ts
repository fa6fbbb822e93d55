/** One digest for equal parameters, however their keys are ordered and their numbers spelled. */
import type { JsonObject } from "../core/json/value.js";
import type { ProcessDescription } from "./model/declaration.js";
import { canonical } from "./model/processing.js";
import { sha256Hex } from "./objects.js";

/** SHA-256, hex, of the canonical JSON in which `1.0` is 1: equal where provenance-toolbox finds parameters equal. */
export const parametersSha256 = (parameters: JsonObject): string => sha256Hex(Buffer.from(canonical(parameters)));

export const withDigest = (
  process: ProcessDescription,
): ProcessDescription & { readonly parametersSha256: string } => ({
  ...process,
  parametersSha256: parametersSha256(process.parameters),
});
