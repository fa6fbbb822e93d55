"""Writes one stack per type in every container, by Pillow, tifffile, h5py, CloudVolume and TensorStore, for source-table.test.ts.

    python source_table.py FOLDER   ->   FOLDER/<container>-<type>..., FOLDER/<type>.raw (what was written, C order: z y x),
                                         FOLDER/jpeg-tiles.raw and jpeg-whole.raw (what Pillow reads back)
"""

import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import tensorstore as ts
import tifffile
from cloudvolume import CloudVolume
from PIL import Image

warnings.filterwarnings("ignore")
folder = Path(sys.argv[1])
rng = np.random.default_rng(8)
width, height, depth = 45, 37, 3
tile = (20, 16)
names = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "float32"]


def content(name):
    dtype = np.dtype(name)
    if dtype.kind == "f":
        return (rng.standard_normal((depth, height, width)) * 1e9).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, (depth, height, width), dtype=dtype, endpoint=True)


stacks = {name: content(name) for name in names}
for name, data in stacks.items():
    data.tofile(folder / f"{name}.raw")


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".tif":
        tifffile.imwrite(path, image, metadata=None, compression="zlib", photometric="minisblack", byteorder=">" if "2" in path.name else "<")
    elif path.suffix == ".jpg":
        Image.fromarray(image).save(path, quality=90)
    else:
        Image.fromarray(image).save(path)
    return np.asarray(Image.open(path)) if path.suffix == ".jpg" else image


def images(name, data, extension, is_full=False):
    """Tiles as CATMAID has them, and whole sections. Full tiles at the edges are filled with what is no part of the stack."""
    read = np.zeros_like(data), np.zeros_like(data)
    for z in range(depth):
        for row, y in enumerate(range(0, height, tile[1])):
            for column, x in enumerate(range(0, width, tile[0])):
                part = data[z, y : y + tile[1], x : x + tile[0]]
                cut = part.shape
                if is_full:
                    part = np.pad(part, ((0, tile[1] - cut[0]), (0, tile[0] - cut[1])), constant_values=77)
                back = save(folder / f"{name}/{z}/{row}_{column}_0.{extension}", np.ascontiguousarray(part))
                read[0][z, y : y + cut[0], x : x + cut[1]] = back[: cut[0], : cut[1]]
        if not is_full:
            read[1][z] = save(folder / f"whole-{name}/s{z + 9}.{extension}", data[z])
    return read


for name, data in stacks.items():
    images(f"tif-{name}", data, "tif")
for name in ["uint8", "uint16"]:
    images(f"png-{name}", stacks[name], "png")
smooth = (np.add.outer(np.add.outer(np.arange(depth) * 9, np.arange(height)), np.arange(width)) * 2).astype("u1")
jpeg = images("jpg-uint8", smooth, "jpg")
jpeg[0].tofile(folder / "jpeg-tiles.raw")
jpeg[1].tofile(folder / "jpeg-whole.raw")
for extension in ["png", "tif"]:
    images(f"full-{extension}", stacks["uint8"], extension, True)
full = images("full-jpg", smooth, "jpg", True)
full[0].tofile(folder / "jpeg-full.raw")

for name, data in stacks.items():
    plain = {"photometric": "minisblack", "compression": "zlib", "rowsperstrip": 5}
    tifffile.imwrite(folder / f"pages-{name}.tif", data, metadata=None, **plain)
    tifffile.imwrite(folder / f"bigtiff-{name}.tif", data, metadata=None, bigtiff=True, byteorder=">", **plain)
    if name in ("uint8", "uint16", "float32"):
        tifffile.imwrite(folder / f"imagej-{name}.tif", data, imagej=True, metadata={"axes": "ZYX"})
    if name != "uint64":
        tifffile.imwrite(folder / f"ome-{name}.tif", data, ome=True, metadata={"axes": "ZYX"}, **plain)

    def hdf5(path, array, **options):
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.create_dataset("img", data=array, **options)
            return file

    hdf5(folder / f"one-{name}.h5", data, chunks=(2, 16, 16), compression="gzip", shuffle=True)
    for z in range(depth):
        hdf5(folder / f"sections-{name}/s{z}.h5", data[z])
        with h5py.File(folder / f"sections-{name}/s{z}.h5", "a") as file:
            file["offset"], file["extent"] = np.array([0, 0]), np.array([height, width])
    for x in range(0, width, 15):
        hdf5(folder / f"boxes-{name}/b_{x}-{x + 15}_0-37_0-3.h5", data[:, :, x : x + 15], chunks=(1, 37, 15))

    xyz = data.transpose(2, 1, 0)
    info = CloudVolume.create_new_info(1, "image", name, "raw", [4, 4, 40], [0, 0, 0], xyz.shape, chunk_size=[16, 16, 2])
    volume = CloudVolume(f"file://{folder}/plain-{name}", info=info, progress=False)
    volume.commit_info()
    volume[:, :, :] = xyz[..., np.newaxis]

    def write(path, array, spec, **more):
        store = {"kvstore": {"driver": "file", "path": f"{folder}/{path}/"}, **spec}
        ts.open(store, create=True, dtype=ts.dtype(name), shape=array.shape, **more).result().write(array).result()

    sharding = {"@type": "neuroglancer_uint64_sharded_v1", "preshift_bits": 1, "hash": "identity", "minishard_bits": 1, "shard_bits": 2}
    sharding |= {"minishard_index_encoding": "gzip", "data_encoding": "gzip"}
    scale = {"resolution": [4, 4, 40], "chunk_size": [16, 16, 2], "encoding": "raw", "sharding": sharding}
    precomputed = {"driver": "neuroglancer_precomputed", "multiscale_metadata": {"type": "image"}, "scale_metadata": scale}
    write(f"sharded-{name}", xyz[..., np.newaxis], precomputed)
    write(f"v2-{name}.zarr", data, {"driver": "zarr", "metadata": {"chunks": [2, 16, 16], "compressor": {"id": "gzip", "level": 1}}})
    codecs = [{"name": "bytes"}, {"name": "gzip", "configuration": {"level": 1}}]
    grid = {"name": "regular", "configuration": {"chunk_shape": [2, 16, 16]}}
    write(f"v3-{name}.zarr", data, {"driver": "zarr3", "metadata": {"chunk_grid": grid, "codecs": codecs}})
