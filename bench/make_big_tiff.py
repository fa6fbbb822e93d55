"""Sections that are larger than a worker's memory: python make_big_tiff.py OUT.tif --layout strip|tiled [--size 30000] [--sections 8]

Noise on blocks of grey, uint8, deflated: a section is one single strip, or tiles of 512 x 512. The same size gives the same pixels in both layouts.
"""

import argparse

import numpy as np
import tifffile

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("--layout", choices=["strip", "tiled"], required=True)
parser.add_argument("--size", type=int, default=30000)
parser.add_argument("--sections", type=int, default=8)
args = parser.parse_args()

BLOCK = 250


def section(z):
    random = np.random.default_rng(z)
    cells = -(-args.size // BLOCK)
    grey = random.integers(40, 150, (cells, cells), dtype=np.uint8)
    pixels = np.empty((args.size, args.size), dtype=np.uint8)
    for y in range(0, args.size, BLOCK):
        band = pixels[y : y + BLOCK]
        noise = random.integers(0, 52, (2, *band.shape), dtype=np.uint8)
        band[:] = np.repeat(grey[y // BLOCK], BLOCK)[: args.size] + noise[0] + noise[1]
    return pixels


layout = {"tile": (512, 512)} if args.layout == "tiled" else {"rowsperstrip": args.size}
with tifffile.TiffWriter(args.out, bigtiff=True) as tiff:
    for z in range(args.sections):
        tiff.write(section(z), compression="zlib", compressionargs={"level": 1}, metadata=None, maxworkers=2, **layout)
