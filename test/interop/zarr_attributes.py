"""python zarr_attributes.py make FOLDER: arrays by TensorStore; python zarr_attributes.py read FOLDER: what it reads of them, as JSON."""

import json
import sys

import numpy as np
import tensorstore as ts

act, folder = sys.argv[1:]
data = np.arange(24, dtype="u8").reshape(2, 3, 4) + 2**63
drivers = {"v2.zarr": "zarr", "v3.zarr": "zarr3", "array.n5": "n5"}
metadata = {
    "zarr": {"chunks": [2, 3, 2], "compressor": None},
    "zarr3": {"attributes": {"max_id": 2**64 - 1}},
    "n5": {"blockSize": [2, 3, 2], "compression": {"type": "raw"}, "max_id": 2**64 - 1},
}

told = {}
for name, driver in drivers.items():
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": f"{folder}/{name}"}}
    if act == "make":
        new = {"metadata": metadata[driver], "create": True, "dtype": "uint64", "schema": {"domain": {"shape": data.shape}}}
        ts.open({**spec, **new}).result().write(data).result()
    else:
        array = ts.open(spec).result()
        stored = array.spec().to_json()["metadata"]
        attributes = stored.get("attributes", {}) if driver == "zarr3" else stored
        pointer = attributes.get("cirrus_provenance")
        equal = bool(np.array_equal(array.read().result(), data))
        told[name] = {"equal": equal, "pointer": pointer, "max_id": str(attributes.get("max_id"))}
print(json.dumps(told))
