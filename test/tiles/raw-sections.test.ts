// The plugin that docs/plugins.md explains, held to the contract by the suite that users run on theirs.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPlugin } from "#src/tiles/load-plugin.js";
import { testTileSource } from "../contracts/tile-source-contract.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

const configs = fileURLToPath(new URL("../../../configs/raw-sections", import.meta.url));

testTileSource("the worked example", async () => {
  const baseFolder = await temporaryFolder();
  await mkdir(join(baseFolder, "raw"));
  const [width, height] = [17, 9];
  const voxel = ({ x, y, z }: { x: number; y: number; z: number }): number => x * 3 + y * 500 + z * 10_000;
  for (let z = 2; z < 5; z++) {
    const samples = Uint16Array.from({ length: width * height }, (_, i) =>
      voxel({ x: i % width, y: Math.floor(i / width), z }),
    );
    await writeFile(join(baseFolder, "raw", `${z}.raw`), samples);
  }
  const params = { root: "./raw", widthPx: width, heightPx: height, dataType: "uint16" };
  return {
    plugin: await loadPlugin("./plugin.mjs", configs),
    params,
    absentParams: { ...params, root: "./absent" },
    baseFolder,
    extent: { x: [0, width], y: [0, height], z: [2, 5] },
    tileSizePx: [width, height],
    dataType: "uint16",
    channels: 1,
    voxel,
  };
});
