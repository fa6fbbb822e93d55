"""One digest of all chunks of a volume: python digest.py VOLUME prints it, and the bytes of all files of the volume.

SHA-256 of each file of the scales, with its name, in the order of names; the time that gzip notes in its header is left out. So two
volumes with one digest have the same voxels. Two threads.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

volume = sys.argv[1]
with open(os.path.join(volume, "info")) as file:
    keys = [scale["key"] for scale in json.load(file)["scales"]]


def files_below(folder):
    return sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)


def digest_of(path):
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if content[:2] == b"\x1f\x8b":
        content[4:8] = bytes(4)
    return f"{path[len(volume):]} {hashlib.sha256(content).hexdigest()}\n".encode()


total = hashlib.sha256()
with ThreadPoolExecutor(max_workers=2) as pool:
    for key in keys:
        for line in pool.map(digest_of, files_below(os.path.join(volume, key))):
            total.update(line)
print(json.dumps({"digest": total.hexdigest(), "bytes": sum(map(os.path.getsize, files_below(volume)))}))
