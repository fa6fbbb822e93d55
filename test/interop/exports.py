"""Reads cirrus's exports with the programs that they are for, as told by JSON on stdin: prov, rocrate, zarr-checksum, cryptography.

stdin: {"folder", "scales", "prov", "crate" (a folder), "envelope", "publicKey" (base64 of 32 bytes)}. Answers one JSON object.
"""
import base64
import json
import sys
import warnings

warnings.filterwarnings("ignore")
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: E402
from prov.model import ProvActivity, ProvDocument, ProvEntity  # noqa: E402
from rocrate.rocrate import ROCrate  # noqa: E402
from zarr_checksum import compute_zarr_checksum  # noqa: E402
from zarr_checksum.generators import yield_files_local  # noqa: E402

order = json.load(sys.stdin)

document = ProvDocument.deserialize(content=order["prov"], format="json")
again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
activities = sorted(document.get_records(ProvActivity), key=lambda a: str(a.get_startTime()))

crate = ROCrate(order["crate"])
actions = [e for e in crate.get_entities() if e.type in ("CreateAction", "UpdateAction")]

files = [f for f in yield_files_local(order["folder"]) if f.path.parts[0] in order["scales"]]
checksum = compute_zarr_checksum(files)

envelope = json.loads(order["envelope"])
payload = base64.b64decode(envelope["payload"])
signed = b"DSSEv1 %d %s %d %s" % (len(envelope["payloadType"]), envelope["payloadType"].encode(), len(payload), payload)
key = Ed25519PublicKey.from_public_bytes(base64.b64decode(order["publicKey"]))
key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)  # raises when it is wrong

print("ANSWER " + json.dumps({
    "prov": {
        "roundTrip": document == again,
        "labels": [str(a.label) for a in activities],
        "starts": [a.get_startTime().isoformat() for a in activities],
        "entities": len(list(document.get_records(ProvEntity))),
    },
    "crate": {
        "name": crate.name,
        "profile": str(crate.root_dataset["conformsTo"].id),
        "mentions": len(crate.root_dataset["mentions"]),
        "actions": [[e.type, e["name"], e["agent"]["name"], [r.id for r in e["result"]], e["actionStatus"]] for e in actions],
        "instruments": sorted(i["name"] for i in actions[0]["instrument"]),
        "image": actions[0]["containerImage"][0].properties(),
    },
    "checksum": str(checksum),
    "statement": json.loads(payload),
}))
