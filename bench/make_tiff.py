"""One multipage BigTIFF of a CATMAID stack: python make_tiff.py STACK OUT.tif [--dtype uint16] [--compression lzw|zlib] [--predictor] [--sections N]

uint16 pixels are those of a detector of 12 bits: 16 times the grey level, and noise in the four bits below. Two processes decode the tiles.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import tifffile

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/peers")
from stack import Stack  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("stack")
parser.add_argument("out")
parser.add_argument("--dtype", choices=["uint8", "uint16"], default="uint8")
parser.add_argument("--compression", choices=["lzw", "zlib"])
parser.add_argument("--predictor", action="store_true")
parser.add_argument("--sections", type=int)
args = parser.parse_args()
stack = Stack(args.stack)
noise = np.random.default_rng(1)
AHEAD = 8


def section(z):
    return np.ascontiguousarray(stack.slab(z, z + 1)[:, :, 0].T)


def sections():
    """A few are decoded at once, so that no more lie in memory."""
    depth = args.sections or stack.depth
    with ProcessPoolExecutor(max_workers=2) as pool:
        for first in range(0, depth, AHEAD):
            for voxels in pool.map(section, range(first, min(first + AHEAD, depth))):
                if args.dtype == "uint16":
                    voxels = voxels.astype(np.uint16) * 16 + noise.integers(0, 16, voxels.shape, dtype=np.uint16)
                yield voxels


if __name__ == "__main__":
    with tifffile.TiffWriter(args.out, bigtiff=True) as tiff:
        for voxels in sections():
            tiff.write(
                voxels,
                compression=args.compression,
                predictor=args.predictor,
                metadata=None,
                contiguous=False,
                maxworkers=2,
            )
