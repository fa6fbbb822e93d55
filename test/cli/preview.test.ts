import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import sharp from "sharp";
import { infoWith, scaleWith, temporaryFolder, writeVolume } from "../volume/fixture.js";
import { runCli } from "./run-cli.js";

describe("cirrus preview", () => {
  it("writes a picture named after the volume", async (context) => {
    const cwd = await temporaryFolder(context);
    await writeVolume(context, join(cwd, "my volume"), { info: infoWith() });
    const { code, stdout, stderr } = await runCli(["preview", "my volume"], { cwd });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const file = join(cwd, "my_volume.preview.png");
    assert.match(stdout, new RegExp(`^${file}  164 x 144 pixels, mip 0, contrast \\d+ to \\d+\\n$`));
    const { width, height, format } = await sharp(file).metadata();
    assert.deepEqual({ width, height, format }, { width: 164, height: 144, format: "png" });
  });

  it("shows the mip that was asked for, and says which there are", async (context) => {
    const cwd = await temporaryFolder(context);
    const coarse = scaleWith({ key: "8_8_40", resolutionNm: [8, 8, 40], size: [35, 25, 9], voxelOffset: [-5, 2, 100] });
    await writeVolume(context, join(cwd, "volume"), { info: infoWith({ scales: [scaleWith(), coarse] }) });
    const { code, stdout } = await runCli(["preview", "volume", "--mip", "1", "-o", "a.png", "--json"], { cwd });
    assert.equal(code, 0);
    const { file, mip, box } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      { file, mip, box },
      { file: join(cwd, "a.png"), mip: 1, box: { min: [-5, 2, 100], max: [30, 27, 109] } },
    );
    const wrong = await runCli(["preview", "volume", "--mip", "2"], { cwd });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /this volume has no mip 2; it has 0 \(4_4_40\), 1 \(8_8_40\)/);
  });

  it("ends with 5 where there is no volume, with 2 where the picture cannot be written", async (context) => {
    const cwd = await temporaryFolder(context);
    await mkdir(join(cwd, "empty"));
    const nothing = await runCli(["preview", "empty"], { cwd });
    assert.equal(nothing.code, 5);
    assert.match(nothing.stderr, /code: E_VOLUME_NOT_FOUND/);
    await writeVolume(context, join(cwd, "volume"), { info: infoWith() });
    const unwritable = await runCli(["preview", "volume", "--out", "no/such/folder/a.png"], { cwd });
    assert.equal(unwritable.code, 2);
    assert.match(unwritable.stderr, /^cirrus: cannot write .*a\.png: ENOENT/);
    const animated = await runCli(["preview", "volume", "--out", "x.gif"], { cwd });
    assert.equal(animated.code, 2);
    assert.match(animated.stderr, /^cirrus: --out x\.gif: the picture is a PNG, not \.gif/);
  });
});
