"""What provenance-toolbox and cirrus-volume see on a volume, and what they do to it: a line of JSON in, a line of JSON out."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy as np
import provenancetoolbox as ptb
from cirrusvolume import CloudVolume as CirrusVolume
from cloudvolume import CloudVolume


def make(path, given):
    info = CloudVolume.create_new_info(
        num_channels=1, layer_type="segmentation", data_type="uint32", encoding="raw",
        resolution=[4, 4, 40], voxel_offset=[0, 0, 0], chunk_size=[64, 64, 64], volume_size=[64, 64, 64],
    )
    vol = CloudVolume(path, info=info, progress=False)
    vol.commit_info()
    vol[:] = np.ones((64, 64, 64, 1), dtype=np.uint32)


def look(path, given):
    vol = CloudVolume(path, progress=False)
    notes = [[note.note_type.name, note.content] for note in ptb.parsenotes(vol)]
    process = ptb.Process(given["task"], given["parameters"])
    absent = ptb.process_absent(vol, process)
    logged = "new"
    try:
        ptb.logprocess(vol, process)
    except AssertionError as error:
        logged = str(error)
    return {"notes": notes, "absent": absent, "logged": logged}


def write(path, given):
    process = ptb.Process(given["task"], given["parameters"])
    vol = CirrusVolume(path, sources=given["sources"], motivation=given["motivation"], process=process, progress=False)
    vol[0:64, 0:64, 0:64] = np.full((64, 64, 64, 1), 7, dtype=np.uint32)
    again = CloudVolume(path, progress=False)
    return {"sources": again.provenance.sources, "voxel": int(again[0, 0, 0].item())}


out, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    request = json.loads(line)
    act = {"make": make, "look": look, "write": write}[request["act"]]
    try:
        result = act("precomputed://file://" + request["folder"], request["given"]) or {}
    except Exception as error:
        result = {"error": type(error).__name__}
    print(json.dumps(result), file=out, flush=True)
