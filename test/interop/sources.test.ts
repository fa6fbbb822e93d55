// What h5py writes, and the values that it wrote, against the hdf5 source.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { BoundingBox } from "#src/core/bounding-box.js";
import { bytesPerVoxel, type DataType } from "#src/core/data-type.js";
import { CirrusError, isCirrusError } from "#src/core/errors.js";
import hdf5 from "#plugins/hdf5/index.js";
import { python } from "../fixtures/python-readers.js";
import { readSource } from "../fixtures/read-source.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

interface Expected {
  readonly name: string;
  readonly params: object;
  readonly refused: string | null;
  readonly code: string | null;
  readonly t: number | null;
  readonly dataType: DataType;
  readonly channels: number;
  readonly size: readonly [number, number, number];
  readonly min: readonly [number, number, number];
}

const script = fileURLToPath(new URL("../../../test/interop/sources.py", import.meta.url));
const folder = await temporaryFolder();
execFileSync(python(), [script, folder], { stdio: "inherit" });
const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as Expected[]; // as the script writes it

const timeOf = ({ t }: Expected): { readonly t?: number } => (t === null ? {} : { t });

describe("files of h5py", () => {
  for (const expected of manifest) {
    const context = { baseFolder: folder, ...(expected.t === null ? {} : { t: expected.t }) };
    if (expected.refused !== null)
      it(`are refused by name: ${expected.name}`, async () => {
        const params = hdf5.params.parse(expected.params);
        const attempt = async () => {
          const probe = await hdf5.probe(params, context);
          const { x, y, z } = probe.extent;
          const source = await hdf5.open(params, context);
          const box = { min: [x[0], y[0], z[0]], max: [x[1], y[1], z[1]] } as const;
          await readSource(source, box, { ...probe, ...timeOf(expected) });
        };
        await assert.rejects(attempt(), (error) => {
          assert.ok(isCirrusError(error) && error instanceof CirrusError, String(error));
          assert.equal(error.code, expected.code, error.message);
          assert.ok(`${error.message} ${error.hint}`.includes(expected.refused!), error.message);
          return true;
        });
      });
    else
      it(`are read exactly: ${expected.name}`, async () => {
        const params = hdf5.params.parse(expected.params);
        const probe = await hdf5.probe(params, context);
        const { min, size, dataType, channels } = expected;
        const max = min.map((n, i) => n + size[i]!) as [number, number, number];
        const { x, y, z } = probe.extent;
        assert.deepEqual(
          [x, y, z],
          [0, 1, 2].map((i) => [min[i], max[i]]),
        );
        assert.deepEqual([probe.dataType, probe.channels, probe.odd, probe.missing], [dataType, channels, [], []]);
        const source = await hdf5.open(params, context);
        const raw = await readFile(join(folder, `${expected.name}.raw`));
        assert.ok((await readSource(source, { min, max }, { ...probe, ...timeOf(expected) })).equals(raw), "the whole");
        // A part that begins and ends inside of chunks.
        const part = { min: min.map((n) => n + 1), max: max.map((n) => n - 1) } as unknown as BoundingBox; // three each
        const inner = await readSource(source, part, { ...probe, ...timeOf(expected) });
        const width = bytesPerVoxel(dataType);
        const at = ((size[1] + 1) * size[0] + 1) * width; // voxel 1, 1, 1 of channel 0
        assert.ok(inner.subarray(0, (size[0] - 2) * width).equals(raw.subarray(at, at + (size[0] - 2) * width)));
        await source.close?.();
      });
  }
});
