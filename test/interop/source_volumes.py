"""python source_volumes.py make FOLDER: volumes by CloudVolume and TensorStore; python source_volumes.py check FOLDER NAME [SIZE_OFFSET...]: reads copies back."""

import json
import sys
from pathlib import Path

import numpy as np
from cloudvolume import CloudVolume
import tensorstore as ts

folder = Path(sys.argv[2])
rng = np.random.default_rng(5)
sources = {}
image = rng.integers(0, 65535, (70, 50, 40), dtype="u2")  # x y z
labels = np.repeat(np.repeat(rng.integers(1, 2**60, (20, 25, 10), dtype="u8"), 3, 0), 2, 1)  # 60 50 10


def cloudvolume(name, data, offset, chunk, kind, **options):
    info = CloudVolume.create_new_info(1, kind, data.dtype.name, options.pop("encoding", "raw"), [8, 8, 40], offset, data.shape, chunk_size=chunk)
    volume = CloudVolume(f"file://{folder}/{name}", info=info, progress=False, **options)
    volume.commit_info()
    volume[:, :, :] = data[..., np.newaxis]


def zarr(name, data, driver, **metadata):
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": f"{folder}/{name}"}, "metadata": metadata}
    ts.open(spec, create=True, dtype=ts.dtype(data.dtype.name), shape=data.shape).result().write(data).result()


if sys.argv[1] == "make":
    cloudvolume("offset", image, [100, -20, 7], [32, 32, 16], "image")
    cloudvolume("labels", labels, [0, 0, 0], [64, 64, 64], "segmentation", encoding="compressed_segmentation")
    zyx = image.transpose(2, 1, 0).copy()
    zarr("v2.zarr", zyx, "zarr", chunks=[16, 32, 32], compressor={"id": "zlib", "level": 1})
    zarr("v2.f.zarr", image, "zarr", chunks=[32, 32, 16], order="F", compressor=None)
    sharding = {"chunk_shape": [8, 16, 16], "codecs": [{"name": "bytes"}, {"name": "gzip", "configuration": {"level": 1}}]}
    grid = {"name": "regular", "configuration": {"chunk_shape": [16, 32, 32]}}
    zarr("v3.zarr", zyx, "zarr3", chunk_grid=grid, codecs=[{"name": "sharding_indexed", "configuration": sharding}])
    ome = folder / "ome.zarr"
    zarr("ome.zarr/0", np.stack([zyx, zyx[::-1]]), "zarr", chunks=[1, 16, 32, 32], compressor={"id": "blosc"})
    axes = [{"name": "c", "type": "channel"}] + [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
    scale = [{"type": "scale", "scale": [1, 0.04, 0.008, 0.008]}]
    scales = [{"version": "0.4", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]
    (ome / ".zgroup").write_text('{"zarr_format": 2}')
    (ome / ".zattrs").write_text(json.dumps({"multiscales": scales}))
else:
    expected = {name: (image[..., np.newaxis], [0, 0, 0]) for name in ["v2.zarr", "v2.f.zarr", "v3.zarr"]}
    expected["offset"] = (image[..., np.newaxis], [100, -20, 7])
    expected["labels"] = (labels[..., np.newaxis], [0, 0, 0])
    expected["ome.zarr"] = (np.stack([image, image[:, :, ::-1]], -1), [0, 0, 0])
    for name in sys.argv[3:]:
        volume = CloudVolume(f"file://{folder}/copies/{name}", progress=False)
        data, offset = expected[name]
        assert list(volume.voxel_offset) == offset, (name, volume.voxel_offset)
        assert list(volume.resolution) == [8, 8, 40], (name, volume.resolution)
        assert volume.layer_type == ("segmentation" if name == "labels" else "image"), name
        assert np.array_equal(volume[:, :, :], data), name
    print("equal")
