import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { isCirrusError } from "#src/core/errors.js";
import { appendScales, parseInfo, serializeInfo } from "#src/formats/precomputed/info.js";
import { scaleOf, type Scale, type VolumeInfo } from "#src/formats/precomputed/volume-info.js";

const scale: Scale = {
  key: "4_4_40",
  resolutionNm: [4, 4, 40],
  size: [128, 128, 64],
  voxelOffset: [0, -10, 0],
  chunkSize: [64, 64, 64],
  encoding: "raw",
};
const info: VolumeInfo = { type: "segmentation", dataType: "uint32", channels: 1, scales: [scale] };

const golden = `{
  "@type": "neuroglancer_multiscale_volume",
  "data_type": "uint32",
  "num_channels": 1,
  "scales": [
    {
      "chunk_sizes": [
        [
          64,
          64,
          64
        ]
      ],
      "encoding": "raw",
      "key": "4_4_40",
      "resolution": [
        4,
        4,
        40
      ],
      "size": [
        128,
        128,
        64
      ],
      "voxel_offset": [
        0,
        -10,
        0
      ]
    }
  ],
  "type": "segmentation"
}`;

/** The document as plain JSON with one scale and what `change` does to it. */
const changed = (change: (document: any, scale: any) => void): string => {
  const document = JSON.parse(golden);
  change(document, document.scales[0]);
  return JSON.stringify(document);
};
const broken = (text: string) => {
  try {
    parseInfo(text);
  } catch (error) {
    if (isCirrusError(error, "E_VOLUME_INVALID"))
      return error.message.replace("the volume's info breaks the precomputed format: ", "");
    throw error;
  }
  return "legal";
};

describe("info", () => {
  it("is written in CloudVolume's form", () => {
    assert.equal(serializeInfo(info), golden);
  });

  it("is read from text and from bytes, with or without a byte-order mark", () => {
    assert.deepEqual(parseInfo(golden), info);
    assert.deepEqual(parseInfo(new TextEncoder().encode(`\ufeff${golden}`)), info);
  });

  it("keeps every member that it knows on the way out and in", () => {
    const full: VolumeInfo = {
      type: "image",
      dataType: "uint8",
      channels: 3,
      scales: [
        { ...scale, key: "4.5_4.5_40", resolutionNm: [4.5, 4.5, 40], encoding: "jpeg", jpegQuality: 80, hidden: true },
        {
          ...scale,
          key: "9_9_40",
          resolutionNm: [9, 9, 40],
          encoding: "png",
          pngLevel: 3,
          sharding: {
            hash: "murmurhash3_x86_128",
            preshiftBits: 9,
            minishardBits: 6,
            shardBits: 15,
            minishardIndexEncoding: "gzip",
            dataEncoding: "raw",
          },
        },
      ],
    };
    assert.deepEqual(parseInfo(serializeInfo(full)), full);
    assert.match(serializeInfo(full), /4\.5,\n {8}4\.5,\n {8}40\n/);
  });

  it("takes an absent voxel_offset as the origin and the first of several chunk sizes", () => {
    const text = changed((_, s) => {
      delete s.voxel_offset;
      s.chunk_sizes = [
        [32, 32, 32],
        [64, 64, 1],
      ];
    });
    assert.deepEqual(parseInfo(text).scales[0]!.voxelOffset, [0, 0, 0]);
    assert.deepEqual(parseInfo(text).scales[0]!.chunkSize, [32, 32, 32]);
  });

  it("names the member and the rule that is broken", () => {
    assert.match(broken("{"), /^it is no JSON: .* at position 1$/);
    assert.equal(broken("[]"), "the document must be a JSON object");
    assert.equal(broken(changed((d) => (d["@type"] = "other"))), '@type must be "neuroglancer_multiscale_volume"');
    assert.equal(broken(changed((d) => (d.type = "labels"))), 'type must be one of "image", "segmentation"');
    assert.match(broken(changed((d) => (d.data_type = "UINT8"))), /^data_type must be one of "uint8", /);
    assert.match(broken(changed((d) => (d.data_type = "int64"))), /^data_type must be one of "uint8", /);
    assert.match(broken(changed((_, s) => (s.encoding = "RAW"))), /^scales\[0\]\.encoding must be one of "raw", /);
    assert.equal(broken(changed((d) => delete d.num_channels)), "num_channels must be a whole number >= 1");
    assert.equal(broken(changed((d) => (d.num_channels = 2))), "num_channels must be 1 for a segmentation");
    assert.equal(broken(changed((d) => (d.num_channels = 1.5))), "num_channels must be a whole number >= 1");
    assert.equal(
      broken(changed((d) => Object.assign(d, { type: "image", mesh: "mesh" }))),
      "mesh is only valid for a segmentation",
    );
    assert.equal(broken(changed((d) => (d.segment_properties = 3))), "segment_properties must be text");
    assert.equal(broken(changed((_, s) => (s.key = "/4_4_40"))), "scales[0].key must be relative to the volume");
    assert.equal(broken(changed((_, s) => (s.hidden = 1))), "scales[0].hidden must be true or false");
    assert.equal(broken(changed((_, s) => (s.png_level = 6))), 'scales[0].png_level is only valid for "png" encoding');
    assert.equal(broken(changed((d) => (d.scales = []))), "scales must hold at least one scale");
    assert.equal(
      broken(changed((_, s) => (s.size = [1, 0, 1]))),
      "scales[0].size[1] must be three whole numbers >= 1, x y z",
    );
    assert.equal(
      broken(changed((_, s) => (s.size = [1, 1]))),
      "scales[0].size must be three whole numbers >= 1, x y z",
    );
    assert.equal(
      broken(changed((_, s) => (s.voxel_offset = [0.5, 0, 0]))),
      "scales[0].voxel_offset[0] must be three whole numbers, x y z",
    );
    assert.equal(
      broken(changed((_, s) => (s.resolution = [4, 4, 0]))),
      "scales[0].resolution[2] must be three numbers > 0 (nm), x y z",
    );
    assert.equal(
      broken(changed((_, s) => (s.chunk_sizes = []))),
      "scales[0].chunk_sizes must hold at least one chunk size",
    );
    assert.equal(
      broken(changed((_, s) => (s.jpeg_quality = 80))),
      'scales[0].jpeg_quality is only valid for "jpeg" encoding',
    );
    assert.equal(
      broken(changed((_, s) => (s.compressed_segmentation_block_size = [8, 8, 8]))),
      'scales[0].compressed_segmentation_block_size is only valid for "compressed_segmentation" encoding',
    );
    assert.equal(
      broken(changed((_, s) => (s.encoding = "compressed_segmentation"))),
      'scales[0].compressed_segmentation_block_size is required for "compressed_segmentation" encoding',
    );
    assert.equal(
      broken(changed((_, s) => (s.sharding = null))),
      "scales[0].sharding must be an object, or be left out (Neuroglancer does not open a volume where it is null)",
    );
    assert.equal(
      broken(changed((d, s) => d.scales.push({ ...s, key: "2_2_40", resolution: [4, 2, 40] }))),
      "scales[1].resolution must not decrease from scale to scale (4, 4, 40 before)",
    );
    assert.equal(broken(changed((d, s) => d.scales.push(s))), "scales[1].key is that of scale 0 too");
  });

  it("keeps unknown members and the digits of numbers when scales are appended", () => {
    const text = `{"type":"image","data_type":"uint8","num_channels":1,"lab":{"id":648518346349515986},
      "scales":[{"key":"a","size":[10,10,10],"resolution":[4.0,4.0,4.50],"chunk_sizes":[[64,64,64]],"encoding":"raw","note":1e2}]}`;
    const coarse: Scale = { ...scale, key: "8_8_9", resolutionNm: [8, 8, 9], size: [5, 5, 5], voxelOffset: [0, 0, 0] };
    const rewritten = appendScales(text, [coarse]);
    assert.match(rewritten, /"id": 648518346349515986/);
    assert.match(rewritten, /4\.0,\s+4\.0,\s+4\.50/);
    assert.match(rewritten, /"note": 1e2/);
    assert.deepEqual(parseInfo(rewritten).scales[1], coarse);
  });

  it("refuses to append what would break a rule", () => {
    assert.throws(() => appendScales(golden, [scale]), /scales\[1\]\.key is that of scale 0 too/);
  });

  it("says which mips there are when one is asked that there is not", () => {
    assert.equal(scaleOf(info, 0).key, "4_4_40");
    assert.throws(() => scaleOf(info, 2), {
      code: "E_SCALE_UNKNOWN",
      message: "this volume has no mip 2; it has 0 (4_4_40)",
    });
  });
});
