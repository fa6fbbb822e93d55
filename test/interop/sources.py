"""Writes HDF5 files with h5py, and the voxels that a reader should give, for sources.test.ts.

    python sources.py FOLDER   ->   FOLDER/*, FOLDER/manifest.json, FOLDER/<name>.raw (C order: c z y x)
"""

import json
import sys
from pathlib import Path

import h5py
import numpy as np

folder = Path(sys.argv[1])
rng = np.random.default_rng(3)
manifest = []


def noise(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (rng.standard_normal(shape) * 1e3).astype(dtype)
    info = np.iinfo(dtype)
    native = dtype.newbyteorder("=")
    return rng.integers(info.min, info.max, shape, dtype=native, endpoint=True).astype(dtype)


def expect(name, params, voxels=None, refused=None, t=None, box=None, code=None):
    """voxels: [c, z, y, x] or [z, y, x]; box: first voxel x y z when it is not the origin."""
    entry = {"name": name, "params": params, "refused": refused, "code": code, "t": t}
    if voxels is not None:
        data = np.ascontiguousarray(voxels if voxels.ndim == 4 else voxels[np.newaxis])
        data = data.astype(data.dtype.newbyteorder("<"))
        data.tofile(folder / f"{name}.raw")
        entry |= {"dataType": data.dtype.name, "channels": data.shape[0], "size": list(data.shape[:0:-1])}
        entry["min"] = box or [0, 0, 0]
    manifest.append(entry)


def write(name, **datasets):
    with h5py.File(folder / f"{name}.h5", "w", libver="latest" if "latest" in name else None) as file:
        for key, (data, options) in datasets.items():
            file.create_dataset(key, data=data, **options)


shape = (11, 37, 53)
for dtype in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "f4", ">u2", ">f4"]:
    data = noise(dtype, shape)
    name = "volume-" + dtype.replace(">", "be-")
    write(name, img=(data, {}))
    expect(name, {"file": f"{name}.h5", "dataset": "img"}, data)
forms = {
    "gzip": {"compression": "gzip", "chunks": (4, 16, 16)},
    "shuffle": {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": (4, 16, 16)},
    "chunked": {"chunks": (1, 37, 53)},
    "latest": {"chunks": (5, 8, 53), "compression": "gzip"},
}
for name, options in forms.items():
    data = noise("u2", shape)
    write(name, **{"group": (data, options)})
    expect(name, {"file": f"{name}.h5", "dataset": "group"}, data)
data = noise("u1", (7, 5, 3))
write("xyz", img=(data, {}))
expect("xyz", {"file": "xyz.h5", "dataset": "img", "axes": "xyz"}, data.transpose(2, 1, 0))
data = noise("u2", (2, 6, 9, 13))
write("channels", img=(data, {"chunks": (1, 3, 9, 13)}))
expect("channels", {"file": "channels.h5", "dataset": "img", "axes": "czyx"}, data)
expect("one-channel", {"file": "channels.h5", "dataset": "img", "axes": "czyx", "channel": 1}, data[1])
write("last-channel", img=(np.moveaxis(data, 0, -1).copy(), {}))
expect("last-channel", {"file": "last-channel.h5", "dataset": "img", "axes": "zyxc"}, data)
expect("times", {"file": "channels.h5", "dataset": "img", "axes": "tzyx"}, data[1], t=1)
data = noise("u1", shape)
write("offset", img=(data, {}))
params = {"file": "offset.h5", "dataset": "img", "offset": [-3, 2, 1]}
expect("offset", params, data, box=[3, -2, -1])

# The ingest client's time series: one file per section, axes t x y c; values scaled and cut.
series = rng.random((3, 4, 9, 7, 2)) * 9e8 - 1e8
(folder / "series").mkdir()
for z in range(3):
    with h5py.File(folder / f"series/s{z + 1}.hdf5", "w") as file:
        file["aligned"] = series[z]
held = np.clip(np.trunc(series[:, 2, :, :, 1] * 0.0001), 0, 65535).astype("u2").transpose(0, 2, 1)
scaled = {"layout": "sections", "root": "series", "pattern": "s<o:1>.hdf5", "dataset": "aligned", "axes": "txyc"}
expect("series", {**scaled, "channel": 1, "scale": 0.0001, "dataType": "uint16"}, held, t=2)
expect("series-refused", {**scaled, "channel": 1}, refused="float64", code="E_SOURCE_UNSUPPORTED")

# Labels: x y.
labels = noise("u4", (3, 9, 7))
(folder / "labels").mkdir()
for z in range(3):
    with h5py.File(folder / f"labels/l{z:03}.h5", "w") as file:
        file["ids"] = labels[z]
params = {"layout": "sections", "root": "labels", "pattern": "l<p:3>.h5", "dataset": "ids", "axes": "xy"}
expect("labels", params, labels.transpose(0, 2, 1))

# Slices with offsets of their own; the client added the origin of x to y.
(folder / "slices").mkdir()
frame = np.zeros((3, 30, 40), "u1")
for z, (y, x, h, w) in enumerate([(2, 3, 10, 12), (9, 0, 8, 20), (0, 11, 5, 6)]):
    image = noise("u1", (h, w))
    with h5py.File(folder / f"slices/{z}.h5", "w") as file:
        file["img"], file["offset"], file["extent"] = image, np.array([y, x]), np.array([h, w])
    frame[z, y + 7 : y + 7 + h, x + 5 : x + 5 + w] = image
placement = {"offsetDataset": "offset", "extentDataset": "extent", "origin": [5, 7]}
params = {"layout": "slices", "root": "slices", "pattern": "<>.h5", "dataset": "img", "placement": placement}
expect("slices", params, frame[:, 7:24, 5:25], box=[5, 7, 0])

# One file per box; z in the names counts voxels.
boxes = noise("u2", (8, 20, 32))
(folder / "boxes").mkdir()
for z in range(0, 8, 4):
    for y in range(0, 20, 10):
        for x in range(0, 32, 16):
            name = f"b_{x + 100}-{x + 115}_{y}-{y + 9}_{z}-{z + 3}.hdf5"
            with h5py.File(folder / "boxes" / name, "w") as file:
                file["img"] = boxes[z : z + 4, y : y + 10, x : x + 16]
grid = {"prefix": "b", "extension": "hdf5", "size": [16, 10, 4], "offset": [100, 0, 0], "lastIsInclusive": True}
expect("boxes", {"layout": "chunks", "root": "boxes", "dataset": "img", "chunks": grid}, boxes)

# What would not be exact is refused by name, and damage is never pixels.
write("lzf", img=(noise("u2", shape), {"compression": "lzf"}))
expect("lzf", {"file": "lzf.h5", "dataset": "img"}, refused="filter lzf", code="E_SOURCE_UNSUPPORTED")
write("half", img=(noise("f2", shape), {}))
expect("half", {"file": "half.h5", "dataset": "img"}, refused="float16", code="E_SOURCE_UNSUPPORTED")
write("bool", img=(noise("u1", shape) > 9, {}))
expect("bool", {"file": "bool.h5", "dataset": "img"}, refused="booleans", code="E_SOURCE_UNSUPPORTED")
write("long", img=(noise("i8", shape), {}))
expect("long", {"file": "long.h5", "dataset": "img"}, refused="int64", code="E_SOURCE_UNSUPPORTED")
expect("none", {"file": "half.h5", "dataset": "image"}, refused="there is img", code="E_CONFIG_INVALID")
(folder / "text.h5").write_text("no HDF5")
expect("text", {"file": "text.h5", "dataset": "img"}, refused="no HDF5 file", code="E_TILE_CORRUPT")
whole = (folder / "volume-u2.h5").read_bytes()
(folder / "cut.h5").write_bytes(whole[: len(whole) - 999])
expect("cut", {"file": "cut.h5", "dataset": "img"}, refused="cut off", code="E_TILE_CORRUPT")
broken = bytearray((folder / "gzip.h5").read_bytes())
middle = len(broken) // 2
broken[middle : middle + 3000] = b"\xff" * 3000
(folder / "broken.h5").write_bytes(broken)
expect("broken", {"file": "broken.h5", "dataset": "group"}, refused="do not decode", code="E_TILE_CORRUPT")

(folder / "manifest.json").write_text(json.dumps(manifest))
