// A volume that CloudVolume wrote, documented by cirrus: one chunk broken by hand, one source changed; `check` tells exactly that.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { inTemporaryFolder, runCli } from "../cli/run-cli.js";
import { python } from "../fixtures/python-readers.js";

const write = `
import sys, numpy as np
from cloudvolume import CloudVolume
folder = sys.argv[1]
image = np.random.default_rng(1).integers(0, 255, (128, 128, 64), dtype=np.uint8)
np.save(folder + '/image.npy', image)
info = CloudVolume.create_new_info(1, 'image', 'uint8', 'raw', [4, 4, 40], [0, 0, 0], image.shape, chunk_size=[64, 64, 32])
volume = CloudVolume('file://' + folder + '/volume', info=info, compress=False)
volume.commit_info()
volume.provenance.processing = [{'method': {'task': 'TransferTask', 'mip': 0}, 'by': "b'me@lab.edu'", 'date': '2025-03-01 09:30 UTC'}]
volume.commit_provenance()
volume[:] = image[..., None]
`;

it("a documented volume of CloudVolume is as recorded until a chunk and a source change, which are named", () =>
  inTemporaryFolder(async (cwd) => {
    await promisify(execFile)(python(), ["-c", write, cwd]);
    const source = join(cwd, "image.npy");
    const add = ["provenance", "process", "add", "volume", "--task", "align", "--source", source, "--motivation", "to see"]; // prettier-ignore
    const added = await runCli(add, { cwd });
    assert.equal(added.code, 0, added.stderr);
    const before = await runCli(["provenance", "check", "volume"], { cwd });
    assert.equal(before.code, 0, before.stdout);
    assert.match(before.stdout, /ok {7}chunks: 9 objects as documented, by digest/);

    const chunk = join(cwd, "volume/4_4_40/0-64_64-128_32-64");
    for (const path of [chunk, source]) {
      const bytes = await readFile(path);
      bytes[1000]! ^= 1;
      await writeFile(path, bytes);
    }
    const after = await runCli(["provenance", "check", "volume", "--json"], { cwd });
    assert.equal(after.code, 7);
    type Report = { checks: { name: string; problems: { what: string; subject: string }[] }[] };
    const found = (JSON.parse(after.stdout) as Report).checks.flatMap(({ problems }) => problems);
    assert.deepEqual(
      found.map(({ what, subject }) => [what, subject]),
      [
        ["stale", source],
        ["altered", "4_4_40/0-64_64-128_32-64"],
      ],
    );
  }));
