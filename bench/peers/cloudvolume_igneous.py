"""CloudVolume upload and igneous downsampling, two processes.

As documented: upload z slabs of whole chunks from a process pool, then downsample the volume with igneous tasks. With --fused, as
an expert would: igneous's downsample_and_upload writes the mips of a slab while it is in memory.
"""

import sys
from concurrent.futures import ProcessPoolExecutor

from cloudvolume import Bbox, CloudVolume

from stack import CHUNK, Stack, arguments

FUSED = "--fused" in sys.argv
if FUSED:
    sys.argv.remove("--fused")
args = arguments()
stack = Stack(args.stack)
path = f"file://{args.out}"
compress = "gzip" if args.gzip else False
dtype = args.data_type or stack.dtype
blocks = [8, 8, 8] if args.encoding == "compressed_segmentation" else None


def open_volume():
    return CloudVolume(path, progress=False, compress=compress, non_aligned_writes=False)


def create():
    info = CloudVolume.create_new_info(
        num_channels=1,
        layer_type=args.type,
        data_type=dtype,
        encoding=args.encoding,
        resolution=[4, 4, 50],
        voxel_offset=[0, 0, 0],
        chunk_size=[CHUNK] * 3,
        volume_size=stack.size,
        **({"compressed_segmentation_block_size": blocks} if blocks else {}),
    )
    volume = CloudVolume(path, info=info)
    if args.encoding == "jpeg":
        volume.scale["jpeg_quality"] = 85
    if FUSED:
        for mip in range(1, args.scales):
            volume.add_scale([2**mip, 2**mip, 1], encoding=args.encoding, chunk_size=[CHUNK] * 3)
            if blocks:
                volume.info["scales"][mip]["compressed_segmentation_block_size"] = blocks
            if args.encoding == "jpeg":
                volume.info["scales"][mip]["jpeg_quality"] = 85
    volume.commit_info()
    volume.provenance.sources = [args.stack]
    volume.commit_provenance()


def upload(z_range):
    voxels = stack.slab(*z_range).astype(dtype, order="K", copy=False)[..., None]
    volume = open_volume()
    if FUSED:
        from igneous.tasks.image.image import downsample_and_upload

        bounds = Bbox([0, 0, z_range[0]], [*stack.size[:2], z_range[1]])
        # Tells igneous to make args.scales - 1 mips of the slab at once.
        shape = [CHUNK << (args.scales - 1), CHUNK << (args.scales - 1), CHUNK]
        downsample_and_upload(voxels, bounds, volume, shape, factor=(2, 2, 1), max_mips=args.scales - 1)
    else:
        volume[:, :, z_range[0] : z_range[1]] = voxels


def downsample():
    import igneous.task_creation as tasks
    from taskqueue import LocalTaskQueue

    while (done := len(open_volume().available_mips)) < args.scales:
        made = tasks.create_downsampling_tasks(
            path, mip=done - 1, num_mips=args.scales - done, factor=(2, 2, 1), compress=compress
        )
        queue = LocalTaskQueue(parallel=2)
        queue.insert(made)
        queue.execute()
        if len(open_volume().available_mips) == done:
            sys.exit("igneous made no further mip")


if __name__ == "__main__":
    create()
    with ProcessPoolExecutor(max_workers=2) as pool:
        list(pool.map(upload, stack.slabs()))
    if not FUSED:
        downsample()
