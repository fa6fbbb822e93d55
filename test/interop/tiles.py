"""Writes images with tifffile and Pillow, and the values that these read back, for tiles.test.ts.

    python tiles.py FOLDER   ->   FOLDER/*.tif, *.png, *.jpg, FOLDER/manifest.json, FOLDER/values.bin
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

folder = Path(sys.argv[1])
rng = np.random.default_rng(1)
manifest = []
values = open(folder / "values.bin", "wb")


def pattern(dtype, shape):
    """Noise on a ramp, through the whole range of the type."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (rng.standard_normal(shape) * 1e4).astype(dtype)
    info = np.iinfo(dtype)
    noise = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    noise[..., ::3, :] = noise[..., :1, :1] // 3  # runs for the compressions
    return noise


def expect(name, pages, refused=None, **facts):
    """pages: arrays [y, x] or [channel, y, x] as a reader should give them."""
    entry = {"file": name, "refused": refused, "pages": [], **facts}
    for page in pages:
        planes = page if page.ndim == 3 else page[np.newaxis]
        data = np.ascontiguousarray(planes).astype(planes.dtype.newbyteorder("<"))
        entry["pages"].append(
            {
                "dataType": data.dtype.name,
                "channels": data.shape[0],
                "height": data.shape[1],
                "width": data.shape[2],
                "offset": values.tell(),
                "bytes": data.nbytes,
            }
        )
        values.write(data.tobytes())
    manifest.append(entry)


def read_back(name):
    """What tifffile gives for each page, channels first."""
    pages = []
    with tifffile.TiffFile(folder / name) as tif:
        for page in tif.pages:
            array = page.asarray()
            if array.ndim == 3 and page.planarconfig == 1:
                array = np.moveaxis(array, -1, 0)
            pages.append(array)
    return pages


def write(name, array, **options):
    tifffile.imwrite(folder / name, array, **{"metadata": None, **options})
    expect(name, read_back(name))


count = itertools.count()
dtypes = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "f4"]
layouts = [{}, {"rowsperstrip": 7}, {"tile": (16, 32)}]
for dtype, layout, compression in itertools.product(dtypes, layouts, [None, "zlib", "lzw", "packbits"]):
    for predictor in [False, True] if compression in ("zlib", "lzw") else [False]:
        if predictor and dtype == "u8":
            continue  # imagecodecs has no predictor of 8 bytes for TIFF readers to agree on
        options = {"compression": compression, "predictor": predictor, "byteorder": "<>"[next(count) % 2], **layout}
        write(f"{dtype}-{next(count)}.tif", pattern(dtype, (37, 53)), **options)

for dtype, planar, compression in itertools.product(["u1", "u2"], ["contig", "separate"], [None, "zlib", "lzw"]):
    shape = (31, 29, 3) if planar == "contig" else (3, 31, 29)
    options = {"photometric": "rgb", "planarconfig": planar, "compression": compression, "rowsperstrip": 5}
    write(f"rgb-{next(count)}.tif", pattern(dtype, shape), **options)

write("bigtiff.tif", pattern("u2", (37, 53)), bigtiff=True, compression="zlib")
write("miniswhite.tif", pattern("u1", (37, 53)), photometric="miniswhite")
# LZW whose dictionary gets full: geotiff 3.0.5 aborts the process on such files.
write("noise-lzw.tif", rng.integers(0, 2**16, (700, 700), dtype="u2"), compression="lzw", rowsperstrip=700)

stack = pattern("u2", (11, 20, 30))
write("pages.tif", stack, photometric="minisblack", compression="lzw", rowsperstrip=3)
with tifffile.TiffWriter(folder / "mixed.tif", byteorder=">") as tif:
    for dtype, shape in [("u1", (5, 9)), ("u2", (9, 5)), ("f4", (3, 3))]:
        tif.write(pattern(dtype, shape), metadata=None)
expect("mixed.tif", read_back("mixed.tif"))

# ImageJ: calibrated; and as above 4 GB, one directory before all planes.
calibration = {"spacing": 0.04, "unit": "um", "axes": "ZYX"}
tifffile.imwrite(folder / "imagej.tif", stack, imagej=True, resolution=(250, 250), metadata=calibration)
expect("imagej.tif", list(stack), resolutionNm=[4, 4, 40])
ome = {"axes": "ZYX", "PhysicalSizeX": 5, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 6, "PhysicalSizeYUnit": "nm"}
ome |= {"PhysicalSizeZ": 0.03, "PhysicalSizeZUnit": "µm"}
tifffile.imwrite(folder / "ome.tif", stack, ome=True, metadata=ome)
expect("ome.tif", list(stack), resolutionNm=[5, 6, 30])

# JPEG in strips and tiles, tables shared or not; colours as RGB, whatever is stored. imagecodecs decodes as libjpeg-turbo does by default.
smooth = np.add.outer(np.arange(61), np.arange(83)).astype("u1") + rng.integers(0, 30, (61, 83), dtype="u1")
rgb = np.stack([smooth, smooth[::-1], 255 - smooth], -1)
for n, (array, options) in enumerate(
    [
        (smooth, {"rowsperstrip": 16}),
        (smooth, {"tile": (32, 48)}),
        (smooth, {"photometric": "miniswhite"}),
        (rgb, {"photometric": "rgb", "rowsperstrip": 16}),
        (rgb, {"photometric": "rgb", "tile": (32, 48)}),
        (rgb, {"photometric": "rgb", "tile": (32, 48), "subsampling": (1, 1)}),
        (np.moveaxis(rgb, -1, 0), {"photometric": "rgb", "planarconfig": "separate", "rowsperstrip": 24}),
    ]
):
    write(f"jpeg-{n}.tif", array, compression="jpeg", compressionargs={"level": 90}, **options)
# libtiff shares the tables (JPEGTables), and its strips end early at the bottom.
for n, (image, options) in enumerate(
    [(smooth, {}), (rgb, {}), (smooth, {"quality": 60, "tiffinfo": {278: 16}}), (rgb, {"tiffinfo": {278: 16}})]
):
    name = f"pillow-jpeg-{n}.tif"
    Image.fromarray(image).save(folder / name, compression="jpeg", **options)
    expect(name, read_back(name))

# Refused by name: their exact values need decoders that are not there yet, or do not exist.
grey = pattern("u1", (64, 64))
for compression, name in [("zstd", "zstd"), ("webp", "WebP"), ("lzma", "LZMA"), ("lerc", "LERC")]:
    source = np.stack([grey] * 3, -1) if compression == "webp" else grey
    tifffile.imwrite(folder / f"{compression}.tif", source, compression=compression, metadata=None)
    expect(f"{compression}.tif", [], refused=name)
tifffile.imwrite(folder / "palette.tif", grey, photometric="palette", colormap=np.zeros((3, 256), "u2"), metadata=None)
expect("palette.tif", [], refused="palette")
tifffile.imwrite(folder / "float16.tif", grey.astype("f2"), metadata=None)
expect("float16.tif", [], refused="16-bit floating-point")
tifffile.imwrite(folder / "bool.tif", grey > 99, metadata=None)
expect("bool.tif", [], refused="1-bit")

for name, image, options in [
    ("grey.png", Image.fromarray(smooth), {}),
    ("grey16.png", Image.fromarray(pattern("u2", (61, 83))), {}),
    ("rgb.png", Image.fromarray(rgb), {}),
    ("grey.jpg", Image.fromarray(smooth), {"quality": 90}),
    ("grey-best.jpg", Image.fromarray(smooth), {"quality": 100}),
    ("progressive.jpg", Image.fromarray(smooth), {"quality": 75, "progressive": True}),
    ("rgb444.jpg", Image.fromarray(rgb), {"quality": 90, "subsampling": 0}),
    ("rgb420.jpg", Image.fromarray(rgb), {"quality": 90, "subsampling": 2}),
    ("pillow-lzw.tif", Image.fromarray(smooth), {"compression": "tiff_lzw"}),
    ("pillow-deflate.tif", Image.fromarray(rgb), {"compression": "tiff_adobe_deflate"}),
    ("pillow-packbits.tif", Image.fromarray(smooth), {"compression": "packbits"}),
]:
    image.save(folder / name, **options)
    with Image.open(folder / name) as opened:
        array = np.asarray(opened)
    expect(name, [np.moveaxis(array, -1, 0) if array.ndim == 3 else array])
for name, image in [
    ("palette.png", Image.fromarray(smooth).convert("P")),
    ("grey-alpha.png", Image.fromarray(smooth).convert("LA")),
    ("rgb-alpha.png", Image.fromarray(rgb).convert("RGBA")),
    ("bit.png", Image.fromarray(smooth).convert("1")),
    ("cmyk.jpg", Image.fromarray(rgb).convert("CMYK")),
]:
    image.save(folder / name)
    expect(name, [], refused={"bit": "1-bit", "cmyk": "CMYK", "palette": "palette"}.get(name.split(".")[0], "alpha"))

values.close()
(folder / "manifest.json").write_text(json.dumps(manifest))
