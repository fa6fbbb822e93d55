"""Decodes a stack once, for all checks of what is made of it: python voxels.py STACK OUT.npy, voxels as z, y, x. Two processes."""

import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/peers")
from stack import Stack  # noqa: E402


def decode(path, out, z):
    np.lib.format.open_memmap(out, mode="r+")[z] = Stack(path).slab(z, z + 1)[:, :, 0].T


def main(path, out):
    stack = Stack(path)
    width, height, depth = stack.size
    np.lib.format.open_memmap(out, mode="w+", dtype=stack.dtype, shape=(depth, height, width)).flush()
    with ProcessPoolExecutor(max_workers=2) as pool:
        for job in [pool.submit(decode, path, out, z) for z in range(depth)]:
            job.result()


if __name__ == "__main__":
    main(*sys.argv[1:])
