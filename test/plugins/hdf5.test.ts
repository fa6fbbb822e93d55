import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import hdf5 from "#plugins/hdf5/index.js";
import { writeHdf5 } from "../fixtures/peer-workspace.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

describe("recognising HDF5 boxes", () => {
  /** Boxes of 4 x 3 x 2 voxels, the names' ends `last` before the voxel behind the box. */
  async function boxes(starts: readonly (readonly [number, number, number])[], last: 0 | 1): Promise<string> {
    const folder = join(await temporaryFolder(), "boxes");
    await mkdir(folder);
    for (const start of starts) {
      const spans = start.map((from, i) => `${from}-${from + [4, 3, 2][i] - last}`);
      const data = Uint8Array.from({ length: 24 }, (_, i) => i);
      await writeHdf5(join(folder, `em_${spans.join("_")}.h5`), { dataset: "main", shape: [2, 3, 4], data });
    }
    return folder;
  }

  it("takes size, ends and place from the names and the first dataset, and the probe agrees", async () => {
    const common = { layout: "chunks", dataset: "main", axes: "zyx" };
    const plain = await boxes([[0, 0, 0], [4, 0, 0]], 0); // prettier-ignore
    const ofPlain = await hdf5.recognise?.([plain]);
    const chunks = { prefix: "em", extension: "h5", size: [4, 3, 2] };
    assert.deepEqual(ofPlain, { ...common, root: plain, chunks });
    const moved = await boxes([[9, 6, 3], [9, 9, 3]], 1); // prettier-ignore
    const ofMoved = await hdf5.recognise?.([moved]);
    assert.deepEqual(ofMoved, {
      ...common,
      root: moved,
      chunks: { ...chunks, offset: [1, 0, 1], lastIsInclusive: true },
    });
    const extents = await Promise.all(
      [ofPlain, ofMoved].map(async (params) => {
        const { extent } = await hdf5.probe(hdf5.params.parse(params), { baseFolder: "/" });
        return [extent.x, extent.y, extent.z];
      }),
    );
    assert.deepEqual(extents, [
      [[0, 8], [0, 3], [0, 2]], // prettier-ignore
      [[8, 12], [6, 12], [2, 4]], // prettier-ignore
    ]);
  });

  it("leaves folders of other files alone", async () => {
    assert.equal(await hdf5.recognise?.([await temporaryFolder()]), undefined);
  });
});
