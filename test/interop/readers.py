"""Reads, writes and downsamples volumes with cloud-volume and TensorStore, as told by a JSON list on stdin.

Voxels go through files of raw bytes, x fastest, then y, z, channel. Answers a JSON list: one object per order, with
"error" when it failed.
"""
import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import cloudvolume  # noqa: E402
import tensorstore as ts  # noqa: E402


def open_cloudvolume(path, mip=0, **options):
    return cloudvolume.CloudVolume(path, mip=mip, progress=False, cache=False, **options)


def kvstore(path):
    if path.startswith("gs://"):
        bucket, _, prefix = path[len("gs://"):].partition("/")
        return {"driver": "gcs", "bucket": bucket, "path": prefix}
    return path


def open_tensorstore(path, mip=0, **options):
    spec = {"driver": "neuroglancer_precomputed", "kvstore": kvstore(path), "scale_index": mip, **options}
    return ts.open(spec).result()


def read(order):
    if order["program"] == "cloudvolume":
        volume = open_cloudvolume(order["path"], order.get("mip", 0))
        voxels = np.asarray(volume[volume.bounds])
        offset = [int(v) for v in volume.bounds.minpt]
    else:
        store = open_tensorstore(order["path"], order.get("mip", 0))
        voxels = store.read().result()
        offset = list(store.domain.origin[:3])
    return answer(voxels, offset, order["file"])


def downsample(order):
    store = ts.downsample(open_tensorstore(order["path"]), order["factor"] + [1], "mean")
    return answer(store.read().result(), list(store.domain.origin[:3]), order["file"])


def answer(voxels, offset, file):
    voxels.astype(voxels.dtype.newbyteorder("<")).ravel(order="F").tofile(file)
    return {"dataType": str(voxels.dtype), "shape": list(voxels.shape), "offset": offset}


def write(order):
    size, offset, chunk = order["size"], order["offset"], order["chunk"]
    shape = size + [order["channels"]]
    voxels = np.fromfile(order["file"], dtype=order["dataType"]).reshape(shape, order="F")
    if order["program"] == "cloudvolume":
        info = cloudvolume.CloudVolume.create_new_info(
            order["channels"], "image", order["dataType"], order["encoding"], order["resolution"], offset, size, chunk_size=chunk
        )
        volume = open_cloudvolume(order["path"], info=info, compress=order["compress"], non_aligned_writes=False)
        volume.commit_info()
        volume[volume.bounds] = voxels
    else:
        scale = {"size": size, "voxel_offset": offset, "resolution": order["resolution"], "chunk_size": chunk, "encoding": order["encoding"]}
        if "sharding" in order:
            scale["sharding"] = order["sharding"]
        store = open_tensorstore(
            order["path"],
            create=True,
            multiscale_metadata={"type": "image", "data_type": order["dataType"], "num_channels": order["channels"]},
            scale_metadata=scale,
        )
        store[...] = voxels
    return {}


def versions(_):
    return {"cloudvolume": cloudvolume.__version__}


actions = {"read": read, "write": write, "downsample": downsample, "versions": versions}


def obey(order):
    try:
        return actions[order["action"]](order)
    except Exception as error:  # every failure is an answer: the test says which it expects
        return {"error": f"{type(error).__name__}: {error}"}


print("ANSWERS " + json.dumps([obey(order) for order in json.load(sys.stdin)]))
