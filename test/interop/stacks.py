"""Makes image stacks with Pillow and tifffile, and checks volumes that were made of them, as told by a JSON list on stdin.

check: every mip, read whole by CloudVolume and by TensorStore, against the definition written in numpy: mip 0 is the stack, each further mip
is made of the one before on the global grid; images average (exact, half to even), segmentations take the mode (2x2x1 COUNTLESS with absent
voxels mirrored, else the most frequent, the first in x-fastest order of those).

Stacks are kept as .npy beside the files, x y z (c). Answers a JSON list: one object per order, with "error" when it failed.
"""
import json
import os
import sys
import warnings
from collections import Counter

import numpy as np

warnings.filterwarnings("ignore")


def make(order):
    """order: file (.npy to write), kind, dataType, size, and what the kind needs."""
    shape = order["size"] + ([order["channels"]] if order.get("channels", 1) > 1 else [])
    voxels = content(order["dataType"], shape, order.get("labels", False))
    np.save(order["file"], voxels)
    if order["kind"] == "catmaid":
        write_tiles(order["root"], voxels, order["tile"], order.get("firstSection", 0))
    else:
        write_tiffs(order["files"], voxels, order.get("options", {}))
    return {}


def volume(order):
    """order: file (.npy to write), path, writer, dataType, size, offset."""
    voxels = content(order["dataType"], order["size"], False)
    np.save(order["file"], voxels)
    resolution, chunk, path = [4, 4, 40], [64, 64, 8], order["path"]
    if order["writer"] == "cloudvolume":
        from cloudvolume import CloudVolume

        info = CloudVolume.create_new_info(1, "image", voxels.dtype.name, "raw", resolution, order["offset"], voxels.shape, chunk_size=chunk)
        written = CloudVolume(path if "://" in path else f"file://{path}", info=info, progress=False)
        written.commit_info()
        written[:, :, :] = voxels[..., np.newaxis]
        return {}
    import tensorstore as ts

    sharding = {"@type": "neuroglancer_uint64_sharded_v1", "preshift_bits": 2, "hash": "murmurhash3_x86_128"}
    sharding |= {"minishard_bits": 1, "shard_bits": 1, "minishard_index_encoding": "gzip", "data_encoding": "gzip"}
    scale = {"resolution": resolution, "size": order["size"], "voxel_offset": order["offset"], "chunk_size": chunk, "encoding": "raw"}
    spec = {"driver": "neuroglancer_precomputed", "kvstore": kvstore(path), "scale_metadata": scale}
    spec["multiscale_metadata"] = {"type": "image", "data_type": voxels.dtype.name, "num_channels": 1}
    if "sharded" in order["writer"]:
        scale["sharding"] = sharding
    ts.open(spec, create=True).result().write(voxels[..., np.newaxis]).result()
    return {}


def content(name, shape, is_labels):
    rng = np.random.default_rng(len(name) + sum(shape))
    dtype = np.dtype(name)
    if is_labels:
        block = [10, 10, 5]
        small = rng.integers(0, 40, [-(-s // b) for s, b in zip(shape, block)]).astype(dtype)
        for axis, b in enumerate(block):
            small = small.repeat(b, axis)
        labels = small[tuple(slice(0, s) for s in shape)] * dtype.type(np.iinfo(dtype).max // 64)
        return labels + (rng.random(shape) < 0.2).astype(dtype)
    if dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def write_tiles(root, voxels, tile, first):
    from PIL import Image

    width, height, depth = voxels.shape[:3]
    for z in range(depth):
        os.makedirs(f"{root}/{z + first}", exist_ok=True)
        for row in range(-(-height // tile[1])):
            for column in range(-(-width // tile[0])):
                part = voxels[column * tile[0] : (column + 1) * tile[0], row * tile[1] : (row + 1) * tile[1], z]
                image = np.ascontiguousarray(part.swapaxes(0, 1))
                Image.fromarray(image).save(f"{root}/{z + first}/{row}_{column}_0.png", compress_level=1)


def write_tiffs(files, voxels, options):
    import tifffile

    pages = np.ascontiguousarray(voxels.transpose(2, 1, 0))
    each = -(-len(pages) // len(files))
    for i, file in enumerate(files):
        tifffile.imwrite(file, pages[i * each : (i + 1) * each], photometric="minisblack", metadata=None, **options)


def check(order):
    """order: path, file (.npy), dataType that the volume widens to. Answers the number of mips, and what differs."""
    import tensorstore as ts
    from cloudvolume import CloudVolume

    path = order["path"]
    expected = np.load(order["file"])
    expected = expected.reshape(*expected.shape[:3], -1).astype(order.get("dataType", expected.dtype))
    readable = path if "://" in path else f"file://{path}"
    info = CloudVolume(readable, mip=0, progress=False, cache=False).info
    scales = info["scales"]
    offset = np.array(order["offset"])
    wrong = []
    for mip, scale in enumerate(scales):
        if mip > 0:
            finer = scales[mip - 1]["resolution"]
            factor = [round(b / a) for a, b in zip(finer, scale["resolution"])]
            downsample = mode if info["type"] == "segmentation" else mean
            expected, offset = downsample(expected, offset, factor)
        if list(offset) != scale["voxel_offset"] or list(expected.shape[:3]) != scale["size"]:
            wrong.append(f"mip {mip}: place {scale['voxel_offset']} {scale['size']}, not {offset} {expected.shape[:3]}")
            continue
        store = ts.open({"driver": "neuroglancer_precomputed", "kvstore": kvstore(path), "scale_index": mip}).result()
        readers = {
            "CloudVolume": np.asarray(CloudVolume(readable, mip=mip, progress=False, cache=False)[:, :, :]),
            "TensorStore": store.read().result(),
        }
        for name, voxels in readers.items():
            if order.get("only", name) == name and not np.array_equal(voxels, expected, equal_nan=voxels.dtype.kind == "f"):
                wrong.append(f"mip {mip} by {name}: {np.count_nonzero(voxels != expected)} of {expected.size} differ")
    return {"mips": len(scales), "wrong": wrong}


def kvstore(path):
    if path.startswith(("http://", "https://")):
        return path + "/"
    if not path.startswith(("gs://", "s3://")):
        return f"file://{path}/"
    bucket, _, prefix = path[len("gs://") :].partition("/")
    if path.startswith("gs://"):
        return {"driver": "gcs", "bucket": bucket, "path": prefix + "/"}
    where = {"endpoint": os.environ["AWS_ENDPOINT_URL"], "aws_region": os.environ["AWS_REGION"]}
    return {"driver": "s3", "bucket": bucket, "path": prefix + "/", **where}


def window(size, offset, factor):
    """Offset of the coarser mip, and how many voxels it has."""
    first = offset // factor
    return first, -(-(offset + size) // factor) - first


def mean(fine, offset, factor):
    size, factor = np.array(fine.shape[:3]), np.array(factor)
    first, count = window(size, offset, factor)
    is_float, channels = fine.dtype.kind == "f", fine.shape[3]
    wide = object if fine.dtype == np.uint64 else np.float64 if is_float else np.int64
    total = np.zeros((*count, channels), wide)
    number = np.zeros(count, np.int64)
    at = [np.arange(s) + o for s, o in zip(size, offset)]
    # Summed phase by phase, x fastest, as the definition of float32 wants it.
    for dz in range(factor[2]):
        for dy in range(factor[1]):
            for dx in range(factor[0]):
                chosen = [np.nonzero(at[i] % factor[i] == d)[0] for i, d in enumerate((dx, dy, dz))]
                into = np.ix_(*[at[i][chosen[i]] // factor[i] - first[i] for i in range(3)])
                total[into] += fine[np.ix_(*chosen)].astype(wide)
                number[into] += 1
    number = number[..., None]
    if is_float:
        return (total / number).astype(fine.dtype), first
    whole = total // number
    rest = total - whole * number
    up = (2 * rest > number) | ((2 * rest == number) & (whole % 2 == 1))
    return (whole + up).astype(fine.dtype), first


def mode(fine, offset, factor):
    size = np.array(fine.shape[:3])
    first, count = window(size, offset, np.array(factor))
    if list(factor) == [2, 2, 1]:
        return countless(fine, offset, first, count), first
    out = np.zeros((*count, fine.shape[3]), fine.dtype)
    for cell in np.ndindex(*count):
        low = [max((first[i] + cell[i]) * factor[i], offset[i]) - offset[i] for i in range(3)]
        high = [min((first[i] + cell[i] + 1) * factor[i], offset[i] + size[i]) - offset[i] for i in range(3)]
        for channel in range(fine.shape[3]):
            part = fine[low[0] : high[0], low[1] : high[1], low[2] : high[2], channel]
            values = part.transpose(2, 1, 0).ravel().tolist()
            counts = Counter(values)
            most = max(counts.values())
            out[(*cell, channel)] = next(value for value in values if counts[value] == most)
    return out, first


def countless(fine, offset, first, count):
    def corner(dx, dy):
        places = []
        for i, d in ((0, dx), (1, dy)):
            at = (np.arange(count[i]) + first[i]) * 2 + d - offset[i]
            last = fine.shape[i] - 1
            places.append(np.where(at < 0, at + 1, np.where(at > last, at - 1, at)))
        return fine[np.ix_(*places)]

    a, b, c, d = corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)
    return np.where((a == b) | (a == c), a, np.where(b == c, b, d))


actions = {"make": make, "volume": volume, "check": check}


def obey(order):
    try:
        return actions[order["action"]](order)
    except Exception as error:  # every failure is an answer: the test says which it expects
        return {"error": f"{type(error).__name__}: {error}"}


print("ANSWERS " + json.dumps([obey(order) for order in json.load(sys.stdin)]))
