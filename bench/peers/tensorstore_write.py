"""TensorStore, two threads: sharded where gzip is asked for (it writes gzip in shards only), plain chunks otherwise."""

import math
from concurrent.futures import ThreadPoolExecutor

import tensorstore as ts

from stack import CHUNK, Stack, arguments

args = arguments()
stack = Stack(args.stack)
dtype = args.data_type or stack.dtype
context = ts.Context({"data_copy_concurrency": {"limit": 2}, "file_io_concurrency": {"limit": 2}})


def open_scale(mip):
    size = [math.ceil(stack.size[0] / 2**mip), math.ceil(stack.size[1] / 2**mip), stack.size[2]]
    scale = {
        "size": size,
        "resolution": [4 * 2**mip, 4 * 2**mip, 50],
        "chunk_size": [CHUNK] * 3,
        "encoding": args.encoding,
    }
    if args.encoding == "jpeg":
        scale["jpeg_quality"] = 85
    if args.encoding == "compressed_segmentation":
        scale["compressed_segmentation_block_size"] = [8, 8, 8]
    if args.gzip:
        scale["sharding"] = {
            "@type": "neuroglancer_uint64_sharded_v1",
            "hash": "identity",
            "preshift_bits": 0,
            "minishard_bits": 6,
            "shard_bits": 0,
            "data_encoding": "gzip",
            "minishard_index_encoding": "gzip",
        }
    spec = {
        "driver": "neuroglancer_precomputed",
        "kvstore": f"file://{args.out}/",
        "multiscale_metadata": {"type": args.type, "data_type": dtype, "num_channels": 1},
        "scale_metadata": scale,
    }
    return ts.open(spec, context=context, open=True, create=True).result()


def write(store, source, depth_step=CHUNK):
    """Copies slab by slab; a shard is written once, when its transaction commits."""
    ranges = [(z, min(stack.size[2], z + depth_step)) for z in range(0, stack.size[2], depth_step)]
    with ts.Transaction() as transaction:
        target = store.with_transaction(transaction) if args.gzip else store
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda z: target[:, :, z[0] : z[1], 0].write(source(*z)).result(), ranges))


finest = open_scale(0)
write(finest, lambda z0, z1: stack.slab(z0, z1).astype(dtype, order="K", copy=False))
for mip in range(1, args.scales):
    smaller = ts.downsample(finest, [2, 2, 1, 1], "mode" if args.type == "segmentation" else "mean")
    coarse = open_scale(mip)
    write(coarse, lambda z0, z1: smaller[:, :, z0:z1, 0].read().result())
    finest = coarse
