/** `cirrus preview`: one picture of a volume. */
import { writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { CirrusError } from "../../core/errors.js";
import { cannotWriteFile } from "../cannot-write-file.js";
import { defineCommand } from "../command.js";
import { parseWholeNumber } from "../options.js";

export const preview = defineCommand({
  name: "preview",
  summary: "make one picture of a volume: three sections through its middle",
  description:
    "Makes one PNG of a volume: three orthogonal sections through its middle, contrast from percentiles, labels in colours. Missing chunks are black.",
  examples: [
    ["cirrus preview ./volume", "writes ./volume.preview.png"],
    ["cirrus preview gs://bucket/volume --mip 3 --out middle.png", ""],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume: a folder, or a file://, gs://, s3:// or https:// URL")
      .option("-o, --out <file>", "the picture; default: the volume's name with .preview.png, in this folder")
      .option("--mip <n>", "which scale to show; default: the finest that fits into 1024 pixels", parseWholeNumber),
  run: async ({ args: [path], options }, { io, settings }) => {
    const ending = extname(options.out ?? ".png");
    if (!/^(\.png)?$/i.test(ending))
      throw new CirrusError("E_USAGE", `--out ${options.out}: the picture is a PNG, not ${ending}`, {
        hint: "choose a name that ends in .png",
      });
    const [known, { storeOptions }, { openVolume }, { previewVolume }, { scaleOf }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../volume/open-volume.js"),
      import("../../volume/preview/preview.js"),
      import("../../formats/precomputed/volume-info.js"),
    ]);
    const volume = await openVolume(path, storeOptions(known));
    try {
      const { mip: wanted } = options;
      // A volume of that scale only shows it whatever its size.
      const info = wanted === undefined ? volume.info : { ...volume.info, scales: [scaleOf(volume.info, wanted)] };
      const { png, mip, ...facts } = await previewVolume({ store: volume.store, info });
      const file = resolve(io.cwd, options.out ?? `${nameOf(volume.url)}.preview.png`);
      await write(file, png);
      return { file, mip: wanted ?? mip, ...facts };
    } finally {
      await volume.close();
    }
  },
  render: ({ file, widthPx, heightPx, mip, contrast }) =>
    `${file}  ${widthPx} x ${heightPx} pixels, mip ${mip}${contrast ? `, contrast ${contrast.low} to ${contrast.high}` : ""}`,
});

/** The last part of the URL that can be a file's name. */
const nameOf = (url: string): string =>
  decodeURIComponent(url.replace(/\/+$/, "").split("/").at(-1) ?? "").replace(/[^\w.-]+/g, "_") || "volume";

async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw cannotWriteFile(file, cause);
  }
}
