// Files of cirrus-volume and provenance-toolbox with a fixed clock, byte for byte (reference: section 1.3).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { stringifyLossless } from "#src/core/json/stringify.js";
import { numberToken } from "#src/core/json/value.js";
import { codeEnvFileName, codeEnvText, dockerEnv } from "#src/provenance/model/code-env.js";
import { emptyFile, parseProvenanceFile, provenanceFileText } from "#src/provenance/model/file.js";
import { fold } from "#src/provenance/model/fold.js";
import { appendNote, formatNote, parseNotes } from "#src/provenance/model/note.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const motivation = {
  time: "2025-03-01 09:30:00.250000",
  type: "MOTIVATION",
  text: "First pass over block 3",
} as const;
const result = { time: "2025-03-01 09:31:05", type: "RESULT", text: "12 merges found" } as const;

const file = {
  description: appendNote(formatNote(motivation), result),
  owners: [],
  processing: [
    {
      task: "agglomerate block 3",
      parameters: { ids: [648518346349515986n], ratio: numberToken("1.0"), name: "é", meta_level: 5 },
      code_envfiles: ["cirrus-volume_4d3fedecdc80cfe31e985f59b5ce89bcf92446bf", "lab_segmenter_sha2560123456789ab"],
    },
  ],
  sources: ["gs://bucket/image"],
  extra: {},
};

describe("golden provenance", () => {
  it("writes the 564 bytes of cirrus-volume's provenance file", () => {
    const text = provenanceFileText(file);
    assert.equal(Buffer.byteLength(text), 564);
    assert.equal(sha256(text), "9796001d4d56138bd5ca48316ccfcc7702935ae7fbe804479897b412ddf209ec");
  });

  it("reads them back and writes the same bytes", () => {
    const text = provenanceFileText(file);
    assert.deepEqual(parseProvenanceFile(text).problems, []);
    assert.equal(provenanceFileText(parseProvenanceFile(text).file), text);
    assert.deepEqual(parseNotes(file.description), [motivation, result]);
  });

  it("adds the same notes and sources by folding", () => {
    const folded = fold(emptyFile, { sources: ["gs://bucket/image"], notes: [motivation, result] });
    assert.equal(folded.description, file.description);
    assert.deepEqual(folded.sources, file.sources);
  });

  it("writes the 119 bytes of a docker environment under the toolbox's name", () => {
    const env = dockerEnv({
      imageName: "lab/segmenter",
      tag: "2025.1",
      imageId: "sha256:0123456789ab",
      repoDigests: [],
    });
    const text = codeEnvText(env);
    assert.equal(Buffer.byteLength(text), 119);
    assert.equal(sha256(text), "e65a62978c7fef3100ec68bfb21a290fa8d2788ca9c836de24babdea4d1d5d54");
    assert.equal(codeEnvFileName(env, sha256(text)), "lab_segmenter_sha2560123456789ab");
  });

  it("writes the 436 bytes of CloudVolume's info in the same form", () => {
    const scale = {
      chunk_sizes: [[64, 64, 64]],
      encoding: "raw",
      key: "4_4_40",
      resolution: [4, 4, 40],
      size: [128, 128, 64],
      voxel_offset: [0, 0, 0],
    };
    const info = { type: "segmentation", data_type: "uint32", num_channels: 1, scales: [scale] };
    const text = stringifyLossless(info, "cloudvolume");
    assert.equal(Buffer.byteLength(text), 436);
    assert.equal(sha256(text), "e86e91ad8a5e3c8f12fcce6af16ae2d7c21e2fd5c0a34a7b4a594bd54457fa3a");
  });

  it("keeps 648518346349515986 and 1.0 through a read, a change and a write", () => {
    const theirs = '{"processing":[{"method":{"ids":[648518346349515986,1.0]},"odd":1e-05}],"lab":{"x":1.50}}';
    const changed = fold(parseProvenanceFile(theirs).file, { sources: ["gs://b"] });
    assert.equal(
      provenanceFileText(changed),
      [
        "{",
        '  "description": "",',
        '  "lab": {',
        '    "x": 1.50',
        "  },",
        '  "owners": [],',
        '  "processing": [',
        "    {",
        '      "method": {',
        '        "ids": [',
        "          648518346349515986,",
        "          1.0",
        "        ]",
        "      },",
        '      "odd": 1e-05',
        "    }",
        "  ],",
        '  "sources": [',
        '    "gs://b"',
        "  ]",
        "}",
      ].join("\n"),
    );
  });
});
