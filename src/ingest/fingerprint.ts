/**
 * What this machine's decoders and encoders make of a fixed fixture. Chunk writes may be done twice only while they are the same bytes,
 * so a job is joined only where the fingerprint is the one that it was made with.
 */
import { createHash } from "node:crypto";
import { asBytes, newVoxels } from "../core/data-type.js";
import { downsampleSection } from "../geometry/downsample/section.js";
import { gzipChunk } from "../formats/precomputed/encodings/compression.js";
import { encodingFor } from "../formats/precomputed/encodings/table.js";
import { decodeImage } from "../tiles/images/decode-image.js";
import type { JobDocument } from "./job-document.js";
import { encodingMembers } from "./encoding-members.js";

const side = 64;

/** SHA-256, lower-case hex; depends on the encoding and the sources' codecs, not on the job's data. */
export async function fingerprint({ destination, plan }: Pick<JobDocument, "destination" | "plan">): Promise<string> {
  const digest = createHash("sha256");
  const fixture = Uint8Array.from(
    { length: side * side },
    (_, i) => (Math.imul(i, 2654435761) >>> 27) + (i % side) + (i >> 6),
  );
  const image = { dataType: "uint8", channels: 1, size: [side, side, 1] } as const;
  const jpeg = await encodingFor("jpeg", image).encode(fixture, image, { jpegQuality: 90 });
  const decoded = (await decodeImage(jpeg, "fingerprint fixture")).data;
  digest.update(asBytes(decoded));
  const coarse = newVoxels(plan.dataType, (side * side) / 4);
  const source = newVoxels(plan.dataType, side * side);
  for (let i = 0; i < source.length; i++)
    source[i] = source instanceof BigUint64Array ? BigInt(fixture[i]! % 100) : fixture[i]! % 100;
  downsampleSection({
    method: destination.type === "image" ? "mean" : "mode",
    factor: [2, 2, 1],
    sources: [source],
    sourceBox: { x0: 0, y0: 0, x1: side, y1: side },
    sourceStride: side,
    target: coarse,
    targetBox: { x0: 0, y0: 0, x1: side / 2, y1: side / 2 },
    targetStride: side / 2,
  });
  const { encoding, ...options } = encodingMembers(destination.encoding);
  const shape = { dataType: plan.dataType, channels: 1, size: [side / 2, side / 2, 1] } as const;
  const encoded = await encodingFor(encoding, shape).encode(coarse, shape, options);
  return digest.update(gzipChunk(encoded, encoding)).digest("hex");
}
