/** Whether cirrus may write a volume as an info describes it. */
import { CirrusError } from "../core/errors.js";
import { encodingFor } from "../formats/precomputed/encodings/table.js";
import { parseInfo, serializeInfo } from "../formats/precomputed/info.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";

/**
 * @returns what whoever writes it should know, a sentence each, without repeats
 * @throws CirrusError `E_VOLUME_INVALID` naming the rule that is broken; `E_ENCODING_UNSUPPORTED` with the reason, for labels in a lossy
 * encoding too
 */
export function checkNewVolume(info: VolumeInfo): readonly string[] {
  const { type, scales } = parseInfo(serializeInfo(info));
  const cautions = scales.map((scale) => {
    const encoding = encodingFor(scale.encoding, info);
    if (encoding.isLossy && type === "segmentation")
      throw new CirrusError(
        "E_ENCODING_UNSUPPORTED",
        `${encoding.name} is lossy, and a label that changes is another label`,
        {
          hint: "store segmentations as raw, or as png where uint8 holds them",
        },
      );
    return encoding.cautions?.(info);
  });
  return [...new Set(cautions.filter((caution) => caution !== undefined))];
}
