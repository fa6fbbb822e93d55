// Zarr and N5 arrays of TensorStore, documented by the command line; TensorStore and zarrita open them afterwards and show the pointer.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as zarr from "zarrita";
import { python } from "../fixtures/python-readers.js";
import { workspace } from "../fixtures/workspace.js";

const script = fileURLToPath(new URL("../../../test/interop/zarr_attributes.py", import.meta.url));
const place = await workspace();
const tensorstore = (act: "make" | "read"): unknown =>
  JSON.parse(execFileSync(python(), [script, act, place.path], { encoding: "utf8" }));

const pointer = {
  file: "provenance",
  history: [{ task: "agglomerate block 3", date: "2025-03-01 10:00 UTC", by: "ann@lab.edu" }],
};

const storeOf = (name: string) => ({
  get: (key: string) => readFile(place.at(name, key.slice(1))).catch(() => undefined),
});

describe("zarr and N5 arrays that cirrus documented", () => {
  after(() => place.dispose());

  it("open in other readers, which show where the provenance is", async () => {
    tensorstore("make");
    for (const name of ["v2.zarr", "v3.zarr", "array.n5"]) {
      const how = ["--by", "Ann Lee <ann@lab.edu>", "--ended", "2025-03-01T10:00Z"];
      await place.expect(0, ["provenance", "process", "add", name, "--task", "agglomerate block 3", ...how]);
    }
    const maxId = "18446744073709551615";
    assert.deepEqual(tensorstore("read"), {
      "v2.zarr": { equal: true, pointer: null, max_id: "None" }, // TensorStore shows no .zattrs
      "v3.zarr": { equal: true, pointer, max_id: maxId },
      "array.n5": { equal: true, pointer, max_id: maxId },
    });
    for (const name of ["v2.zarr", "v3.zarr"]) {
      const array = await zarr.open(storeOf(name), { kind: "array" });
      assert.deepEqual(array.attrs["cirrus_provenance"], pointer, name);
      const { data } = await zarr.get(array);
      assert.deepEqual([...(data as BigUint64Array)].slice(0, 2), [2n ** 63n, 2n ** 63n + 1n], name);
    }
  });
});
