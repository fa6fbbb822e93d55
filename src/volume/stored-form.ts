/** How a chunk's bytes lie in a store: plain, compressed under a `.gz` or `.br` name (local), or gzip told by Content-Encoding (buckets). */
import { CirrusError } from "../core/errors.js";
import { encodingNamed } from "../formats/precomputed/encodings/table.js";
import type { EncodingName } from "../formats/precomputed/volume-info.js";

/**
 * - `plain`: what all readers open everywhere
 * - `gz-name`: cloud-volume's local form; TensorStore reads such a volume as zeros, without an error
 * - `br-name`: the same with brotli
 * - `content-encoding`: gzip on buckets, unpacked by every reader's HTTP client
 */
export type StoredForm = "plain" | "gz-name" | "br-name" | "content-encoding";

export interface FormChoice {
  /** Normalised URL of the volume. */
  readonly url: string;
  readonly encoding: EncodingName;
  /** `auto`: gzip where every reader takes it, or where the layout asks for it. */
  readonly compression: "auto" | "gzip" | "brotli" | "none";
  /** Names of local chunks. */
  readonly layout: "plain" | "cloudvolume";
}

/**
 * jpeg and png are compressed already, so gzip is never put on top of them, as in cloud-volume.
 *
 * @throws CirrusError `E_CONFIG_INVALID` for a choice that no reader, or no store, takes
 */
export function chooseForm({ url, encoding, compression, layout }: FormChoice): StoredForm {
  const isBucket = isBucketUrl(url);
  if (layout === "cloudvolume" && isBucket)
    throw new CirrusError(
      "E_CONFIG_INVALID",
      "layout cloudvolume (names that end in .gz) is for local folders; on buckets Content-Encoding tells readers that a chunk is gzip",
    );
  if (compression === "gzip" && !isBucket && layout === "plain")
    throw new CirrusError("E_CONFIG_INVALID", "no reader takes gzip under plain names from a local folder", {
      hint: 'leave compression at "auto", or choose the cloudvolume layout, which CloudVolume reads and TensorStore does not',
    });
  if (compression === "brotli" && isBucket)
    throw new CirrusError("E_CONFIG_INVALID", "brotli on buckets is read by no reader that cirrus was tried with", {
      hint: 'choose "gzip", which all of them read there',
    });
  if (compression === "brotli" && layout === "plain")
    throw new CirrusError("E_CONFIG_INVALID", "no reader takes brotli under plain names from a local folder", {
      hint: "choose the cloudvolume layout, which CloudVolume reads and TensorStore does not",
    });
  if (compression === "none" || encodingNamed(encoding).isCompressed) return "plain";
  if (isBucket) return "content-encoding";
  if (layout === "plain") return "plain";
  return compression === "brotli" ? "br-name" : "gz-name";
}

/** Stores whose objects bear a Content-Encoding. */
export const isBucketUrl = (url: string): boolean => /^(gs|s3):\/\//.test(url);

/** `layout: "cloudvolume"` must be said together with this. */
export const cloudVolumeLayoutWarning =
  "chunks get names that end in .gz (or .br): CloudVolume reads them, TensorStore reads the whole volume as zeros without an error, and Neuroglancer needs a server that knows them";
