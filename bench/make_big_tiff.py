"""Sections that are larger than a worker's memory: python make_big_tiff.py OUT.tif --layout strip|tiled [--size 30000] [--sections 8]

Noise on blocks of grey, uint8, deflated: a section is one single strip, or tiles of 512 x 512. Each row's noise begins elsewhere in one
long row of it, so any window can be drawn again without its file: a check does not depend on a TIFF reader. The same size gives the
same pixels in both layouts. Two threads.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

BLOCK = 250
NOISE = 1 << 24
TILE = 512


class DrawnVoxels:
    """Indexed by slices z, y, x, as an array of `shape`. Made from its name, `drawn:SIZE,SECTIONS`."""

    def __init__(self, name):
        side, sections = map(int, name.removeprefix("drawn:").split(","))
        self.shape = (sections, side, side)
        random = np.random.default_rng(1)
        cells = -(-side // BLOCK)
        self.grey = random.integers(90, 110, (sections, cells, cells), dtype=np.uint8)
        noise = random.integers(0, 36, (2, NOISE), dtype=np.uint8).sum(axis=0, dtype=np.uint8)
        self.noise = np.concatenate([noise, noise[:side]])

    def __getitem__(self, windows):
        zs, ys, xs = (range(*window.indices(length)) for window, length in zip(windows, self.shape))
        pixels = np.empty((len(zs), len(ys), len(xs)), dtype=np.uint8)
        for i, z in enumerate(zs):
            for j, y in enumerate(ys):
                begin = ((z << 16) + y) * 2_654_435_761 % NOISE + xs.start
                grey = self.grey[z, y // BLOCK, xs.start // BLOCK : (xs.stop - 1) // BLOCK + 1].repeat(BLOCK)
                first = xs.start % BLOCK
                np.add(self.noise[begin : begin + len(xs)], grey[first : first + len(xs)], out=pixels[i, j])
        return pixels


def segments(voxels, layout):
    """What is compressed by itself, in the order of the file: strips of whole sections, or tiles, padded with zeros."""
    sections, height, width = voxels.shape
    for z in range(sections):
        section = voxels[z : z + 1, 0:height, 0:width][0]
        if layout == "strip":
            yield section
            continue
        for y in range(0, height, TILE):
            for x in range(0, width, TILE):
                tile = np.zeros((TILE, TILE), dtype=np.uint8)
                part = section[y : y + TILE, x : x + TILE]
                tile[: part.shape[0], : part.shape[1]] = part
                yield tile


def deflated(parts):
    """In their order; one more is compressed while one is written."""
    from imagecodecs import deflate_encode

    with ThreadPoolExecutor(max_workers=2) as pool:
        parts = iter(parts)
        under_way = [pool.submit(deflate_encode, part, 1) for part in islice(parts, 2)]
        while under_way:
            yield under_way.pop(0).result()
            under_way += [pool.submit(deflate_encode, part, 1) for part in islice(parts, 1)]


def main():
    from tifffile import TiffWriter

    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--layout", choices=["strip", "tiled"], required=True)
    parser.add_argument("--size", type=int, default=30000)
    parser.add_argument("--sections", type=int, default=8)
    args = parser.parse_args()
    voxels = DrawnVoxels(f"drawn:{args.size},{args.sections}")
    cut = {"tile": (TILE, TILE)} if args.layout == "tiled" else {"rowsperstrip": args.size}
    packed = deflated(segments(voxels, args.layout))
    per_section = (-(-args.size // TILE)) ** 2 if args.layout == "tiled" else 1
    with TiffWriter(args.out, bigtiff=True) as tiff:
        for _ in range(args.sections):
            section = islice(packed, per_section)
            tiff.write(section, shape=voxels.shape[1:], dtype=np.uint8, compression="zlib", metadata=None, **cut)


if __name__ == "__main__":
    main()
