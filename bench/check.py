"""Compares volumes with the stack they were made of: python check.py STACK VOLUME...

Mip 0 must equal the tiles voxel for voxel (a jpeg volume: within 6 grey levels on average: noise costs that at quality 85). With --mips VOLUME, each coarser scale
of that volume must equal the mean of the finer one, ties to even, over the voxels that exist.
"""

import sys

import numpy as np
from cloudvolume import CloudVolume

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/peers")
from stack import Stack  # noqa: E402


def read(volume, mip):
    return CloudVolume(f"file://{volume}", mip=mip, progress=False)


def mean_of_pairs(voxels, axis):
    """Sums of neighbours along an axis, and how many were summed."""
    odd = voxels.shape[axis] % 2
    padding = [(0, 0)] * 3
    padding[axis] = (0, odd)
    padded = np.pad(voxels, padding)
    first = padded.take(range(0, padded.shape[axis], 2), axis)
    return first + padded.take(range(1, padded.shape[axis], 2), axis)


def check_mip0(stack, volume):
    source = read(volume, 0)
    assert tuple(source.volume_size) == stack.size, f"{volume}: size {source.volume_size}, stack {stack.size}"
    lossy = source.encoding == "jpeg"
    for z0, z1 in stack.slabs():
        wanted, got = stack.slab(z0, z1), source[:, :, z0:z1][..., 0]
        if lossy:
            off = np.abs(wanted.astype(int) - got).mean()
            assert off < 6, f"{volume}: sections {z0}..{z1} differ by {off:.2f} grey levels on average"
        else:
            assert np.array_equal(wanted, got), f"{volume}: sections {z0}..{z1} differ from the tiles"


def check_mips(volume, slabs):
    """Slab by slab, in twice the bits: memory holds a few copies of one slab of the finer mip."""
    for mip in range(1, len(read(volume, 0).available_mips)):
        finer, coarser = read(volume, mip - 1), read(volume, mip)
        for z0, z1 in slabs:
            fine = finer[:, :, z0:z1][..., 0]
            fine = fine.astype(np.dtype(f"u{2 * fine.dtype.itemsize}"))
            total = mean_of_pairs(mean_of_pairs(fine, 0), 1)
            count = mean_of_pairs(mean_of_pairs(np.ones_like(fine[:, :, :1]), 0), 1)
            wanted, rest = np.divmod(total, count)
            wanted += (2 * rest > count) | ((2 * rest == count) & (wanted % 2 == 1))
            got = coarser[:, :, z0:z1][..., 0]
            assert np.array_equal(wanted, got), f"{volume}: sections {z0}..{z1} of mip {mip} are not the mean of mip {mip - 1}"


stack = Stack(sys.argv[1])
rest = sys.argv[2:]
if "--mips" in rest:
    at = rest.index("--mips")
    check_mips(rest[at + 1], stack.slabs())
    del rest[at : at + 2]
for volume in rest:
    check_mip0(stack, volume)
