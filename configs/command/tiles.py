"""A source in another language: one JSON line per tile in, `{"bytes": n}` and n raw bytes out (x fastest, little endian)."""

import json
import sys

for line in sys.stdin:
    tile = json.loads(line)
    if tile["z"] < 0:
        print('{"missing": true}', flush=True)
        continue
    x0, y0 = tile["column"] * 256, tile["row"] * 256
    rows = [bytes((x0 + x + y0 + y + 16 * tile["z"]) % 256 for x in range(tile["width"])) for y in range(tile["height"])]
    voxels = b"".join(rows)
    sys.stdout.write(json.dumps({"bytes": len(voxels)}) + "\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(voxels)
    sys.stdout.buffer.flush()
