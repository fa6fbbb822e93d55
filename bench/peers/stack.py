"""The sources that every peer reads: CATMAID tiles <root>/<z>/<row>_<column>_0.<ext>, sections numbered from 0; or one multipage TIFF; or a folder of TIFF files, a section each."""

import argparse
import glob
import os
from itertools import groupby

import numpy as np
from PIL import Image

CHUNK = 64


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("stack")
    parser.add_argument("out")
    parser.add_argument("--scales", type=int, required=True)
    parser.add_argument("--type", choices=["image", "segmentation"], default="image")
    parser.add_argument("--data-type", help="of the volume; else the source's")
    parser.add_argument("--encoding", choices=["raw", "jpeg", "compressed_segmentation"], default="raw")
    parser.add_argument("--gzip", action="store_true")
    return parser.parse_args()


def Stack(source):
    """`size` in voxels, `dtype`, `slab(z0, z1)` and `slabs()` of either."""
    files = [source] if os.path.isfile(source) else sorted(glob.glob(os.path.join(source, "*.tif")))
    return TiffStack(files) if files else TileStack(source)


class SlabStack:
    def slabs(self):
        return [(z, min(self.depth, z + CHUNK)) for z in range(0, self.depth, CHUNK)]


class TiffStack(SlabStack):
    """Pages are sections, read with tifffile; files are opened anew where they are used, so that processes may share this."""

    def __init__(self, paths):
        from tifffile import TiffFile

        self.pages = []  # file and number of each section
        for path in paths:
            with TiffFile(path) as tiff:
                self.pages += [(path, number) for number in range(len(tiff.pages))]
                height, width = tiff.pages[0].shape
                self.dtype = tiff.pages[0].dtype.newbyteorder("=").name
        self.depth = len(self.pages)
        self.size = (width, height, self.depth)

    def slab(self, z0, z1):
        """Sections [z0, z1) as x, y, z, x fastest."""
        from tifffile import TiffFile

        voxels = np.empty((z1 - z0, self.size[1], self.size[0]), dtype=self.dtype)
        for path, pages in groupby(range(z0, z1), lambda z: self.pages[z][0]):
            with TiffFile(path) as tiff:
                for z in pages:
                    # One thread, as cirrus: the jobs have two processes.
                    tiff.pages[self.pages[z][1]].asarray(out=voxels[z - z0], maxworkers=1)
        return voxels.T


class TileStack(SlabStack):
    dtype = "uint8"

    def __init__(self, root):
        self.root = root
        self.depth = len(os.listdir(root))
        first = glob.glob(os.path.join(root, "0", "0_0_0.*"))[0]
        self.extension = os.path.splitext(first)[1]
        self.tile = Image.open(first).size[0]
        names = [os.path.basename(name).split("_") for name in glob.glob(os.path.join(root, "0", f"*_0{self.extension}"))]
        self.rows = max(int(row) for row, _, _ in names) + 1
        self.columns = max(int(column) for _, column, _ in names) + 1
        last = Image.open(self.path(0, self.rows - 1, self.columns - 1)).size
        self.size = (
            (self.columns - 1) * self.tile + last[0],
            (self.rows - 1) * self.tile + last[1],
            self.depth,
        )

    def path(self, z, row, column):
        return os.path.join(self.root, str(z), f"{row}_{column}_0{self.extension}")

    def slab(self, z0, z1):
        """Sections [z0, z1) as uint8 x, y, z, x fastest."""
        voxels = np.zeros((self.size[0], self.size[1], z1 - z0), dtype=np.uint8, order="F")
        for z in range(z0, z1):
            for row in range(self.rows):
                for column in range(self.columns):
                    tile = np.asarray(Image.open(self.path(z, row, column))).T
                    x, y = column * self.tile, row * self.tile
                    voxels[x : x + tile.shape[0], y : y + tile.shape[1], z - z0] = tile
        return voxels
