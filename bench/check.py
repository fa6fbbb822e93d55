"""Compares a volume with the voxels that it was made of: python check.py VOXELS VOLUME [--size X,Y,Z] [--mips]

VOXELS is what voxels.py wrote, or the name of a stack that make_big_tiff.py drew. CloudVolume reads the volume. Mip 0 must equal
the voxels (a jpeg volume: within 6 grey levels on average: noise costs that at quality 85). With --mips each coarser scale must equal
what cirrus promises of the finer one: for images the mean, ties to even, over the voxels that exist; for segmentations the mode of
four as igneous takes it, with voxels that are absent mirrored. --size is that of a volume of the first voxels only. Two processes,
each with a window of 1024 x 1024 x 64 at a time: at most 1.5 GB for both, for labels.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

import numpy as np
from cloudvolume import CloudVolume

from make_big_tiff import DrawnVoxels

SIDE, DEPTH = 1024, 64


@lru_cache
def volume_at(path, mip):
    return CloudVolume(f"file://{path}", mip=mip, progress=False)


@lru_cache
def voxels_at(path):
    return np.load(path, mmap_mode="r") if path.endswith(".npy") else DrawnVoxels(path)


def pairs(voxels, axis):
    """Sums of neighbours along an axis; the last voxel of an odd number stays alone."""
    if voxels.shape[axis] % 2:
        padding = [(0, 0)] * 3
        padding[axis] = (0, 1)
        voxels = np.pad(voxels, padding)
    if axis == 2:
        return voxels[:, :, ::2] + voxels[:, :, 1::2]
    return voxels[:, ::2] + voxels[:, 1::2]


def mean_of(fine):
    wide = np.dtype(f"u{2 * fine.dtype.itemsize}")
    total = pairs(pairs(fine.astype(wide), 2), 1)
    count = pairs(pairs(np.ones((1, *fine.shape[1:]), dtype=wide), 2), 1)
    mean, rest = np.divmod(total, count)
    mean += (2 * rest > count) | ((2 * rest == count) & (mean % 2 == 1))
    return mean.astype(fine.dtype)


def mode_of(fine):
    fine = np.pad(fine, [(0, 0), (0, fine.shape[1] % 2), (0, fine.shape[2] % 2)], mode="edge")
    a, b, c, d = fine[:, ::2, ::2], fine[:, ::2, 1::2], fine[:, 1::2, ::2], fine[:, 1::2, 1::2]
    return np.where((a == b) | (a == c), a, np.where(b == c, b, d))


def check_window(voxels, path, size, with_mips, corner):
    """Mip 0 of one window, and what the coarser mips have of it."""
    volume = volume_at(path, 0)
    x, y, z = (slice(at, min(at + most, end)) for at, most, end in zip(corner, (SIDE, SIDE, DEPTH), size))
    wanted = np.ascontiguousarray(voxels_at(voxels)[z, y, x])
    got = volume[x, y, z][..., 0].T
    if volume.encoding == "jpeg":
        off = np.abs(wanted.astype(np.int16) - got).mean()
        assert off < 6, f"{path}: the window at {corner} differs by {off:.2f} grey levels on average"
    else:
        assert np.array_equal(wanted, got), f"{path}: the window at {corner} differs from its source"
    coarser = mode_of if volume.layer_type == "segmentation" else mean_of
    for mip in volume.available_mips[1:] if with_mips else []:
        wanted = coarser(wanted)
        x0, y0 = x.start >> mip, y.start >> mip
        got = volume_at(path, mip)[x0 : x0 + wanted.shape[2], y0 : y0 + wanted.shape[1], z][..., 0].T
        assert np.array_equal(wanted, got), f"{path}: mip {mip} of the window at {corner} is not made of mip {mip - 1}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("voxels")
    parser.add_argument("volume")
    parser.add_argument("--size")
    parser.add_argument("--mips", action="store_true")
    args = parser.parse_args()
    size = tuple(map(int, args.size.split(","))) if args.size else voxels_at(args.voxels).shape[::-1]
    found = tuple(volume_at(args.volume, 0).volume_size)
    assert found == size, f"{args.volume}: size {found} instead of {size}"
    corners = [
        (x, y, z) for z in range(0, size[2], DEPTH) for y in range(0, size[1], SIDE) for x in range(0, size[0], SIDE)
    ]
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(check_window, args.voxels, args.volume, size, args.mips, corner) for corner in corners]
        for job in jobs:
            job.result()


if __name__ == "__main__":
    sys.exit(main())
