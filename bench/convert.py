"""The same voxels in other tiles: python convert.py STACK OUT --format jpg|png [--tile 2048] [--sections N]. CATMAID tiles again; JPEG of quality 90. Two processes."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from PIL import Image

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/peers")
from stack import Stack  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("stack")
parser.add_argument("out")
parser.add_argument("--format", choices=["jpg", "png"], required=True)
parser.add_argument("--tile", type=int)
parser.add_argument("--sections", type=int)
args = parser.parse_args()
stack = Stack(args.stack)
side = args.tile or stack.tile
options = {"quality": 90} if args.format == "jpg" else {"compress_level": 6}


def convert(z):
    section = stack.slab(z, z + 1)[:, :, 0].T
    os.makedirs(os.path.join(args.out, str(z)))
    for row in range(0, section.shape[0], side):
        for column in range(0, section.shape[1], side):
            path = os.path.join(args.out, str(z), f"{row // side}_{column // side}_0.{args.format}")
            Image.fromarray(section[row : row + side, column : column + side]).save(path, **options)


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as pool:
        list(pool.map(convert, range(min(stack.depth, args.sections or stack.depth))))
