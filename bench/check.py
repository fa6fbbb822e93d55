"""Compares a volume with the stack it was made of: python check.py STACK VOLUME [--mips]

Mip 0 must equal the tiles voxel for voxel (a jpeg volume: within 6 grey levels on average: noise costs that at quality 85). With
--mips, each coarser scale must equal what cirrus promises of the finer one: for images the mean, ties to even, over the voxels that
exist; for segmentations the mode of four as igneous takes it, with voxels that are absent mirrored. Two processes.
"""

import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from cloudvolume import CloudVolume

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/peers")
from stack import Stack  # noqa: E402

STRIP = 1024


def read(volume, mip):
    return CloudVolume(f"file://{volume}", mip=mip, progress=False)


def check_mip0(path, volume, z0, z1):
    source, stack = read(volume, 0), Stack(path)
    wanted, got = stack.slab(z0, z1), source[:, :, z0:z1][..., 0]
    if source.encoding == "jpeg":
        off = np.abs(wanted.astype(np.int16) - got).mean()
        assert off < 6, f"{volume}: sections {z0}..{z1} differ by {off:.2f} grey levels on average"
    else:
        assert np.array_equal(wanted, got), f"{volume}: sections {z0}..{z1} differ from the tiles"


def mean_of_pairs(voxels, axis):
    """Sums of neighbours along an axis."""
    padding = [(0, 0)] * 3
    padding[axis] = (0, voxels.shape[axis] % 2)
    padded = np.pad(voxels, padding)
    return padded.take(range(0, padded.shape[axis], 2), axis) + padded.take(range(1, padded.shape[axis], 2), axis)


def mean_of(fine):
    wide = fine.astype(np.dtype(f"u{2 * fine.dtype.itemsize}"))
    total = mean_of_pairs(mean_of_pairs(wide, 0), 1)
    count = mean_of_pairs(mean_of_pairs(np.ones_like(wide[:, :, :1]), 0), 1)
    mean, rest = np.divmod(total, count)
    mean += (2 * rest > count) | ((2 * rest == count) & (mean % 2 == 1))
    return mean


def mode_of(fine):
    fine = np.pad(fine, [(0, fine.shape[0] % 2), (0, fine.shape[1] % 2), (0, 0)], mode="edge")
    a, b, c, d = fine[::2, ::2], fine[1::2, ::2], fine[::2, 1::2], fine[1::2, 1::2]
    return np.where((a == b) | (a == c), a, np.where(b == c, b, d))


def check_mip(volume, mip, x0, z0, z1):
    """One strip of the finer mip, from x0 on."""
    finer, coarser = read(volume, mip - 1), read(volume, mip)
    x1 = min(x0 + STRIP, finer.volume_size[0])
    fine, got = finer[x0:x1, :, z0:z1][..., 0], coarser[x0 // 2 : (x1 + 1) // 2, :, z0:z1][..., 0]
    wanted = mode_of(fine) if finer.layer_type == "segmentation" else mean_of(fine)
    assert np.array_equal(wanted, got), f"{volume}: x {x0}.., z {z0}..{z1} of mip {mip} are not made of mip {mip - 1}"


def main(path, volume, *options):
    stack, source = Stack(path), read(volume, 0)
    assert tuple(source.volume_size) == stack.size, f"{volume}: size {source.volume_size}, stack {stack.size}"
    slabs = stack.slabs()
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(check_mip0, path, volume, *slab) for slab in slabs]
        if "--mips" in options:
            for mip in source.available_mips[1:]:
                widths = range(0, read(volume, mip - 1).volume_size[0], STRIP)
                jobs += [pool.submit(check_mip, volume, mip, x0, *slab) for x0 in widths for slab in slabs]
        for job in jobs:
            job.result()


if __name__ == "__main__":
    main(*sys.argv[1:])
