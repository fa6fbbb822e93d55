// Exports read by what they are for: prov, rocrate, zarr-checksum; an envelope checked by another Ed25519.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli } from "../cli/run-cli.js";
import { python } from "../fixtures/python-readers.js";
import { chain, type Chain } from "../provenance/chain.js";

interface Answer {
  readonly prov: { roundTrip: boolean; labels: string[]; starts: string[]; entities: number };
  readonly crate: {
    name: string;
    profile: string;
    mentions: number;
    actions: unknown[];
    instruments: string[];
    image: Record<string, unknown>;
  };
  readonly checksum: string;
  readonly statement: Statement;
}

interface Statement {
  readonly _type: string;
  readonly subject: { name: string; digest: Record<string, string> }[];
  readonly predicateType: string;
  readonly predicate: {
    buildDefinition: {
      externalParameters: { parameters: unknown; destination: string };
      internalParameters: { command: string[] };
      resolvedDependencies: { uri: string; digest?: Record<string, string> }[];
    };
    runDetails: {
      builder: { id: string };
      metadata: { invocationId: string; startedOn: string; finishedOn: string };
      byproducts: { name: string; digest: { sha256: string } }[];
    };
  };
}

describe("exports", () => {
  let ws: Chain;
  let answer: Answer;
  const exported = async (format: string, ...options: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli(["provenance", "export", "copy", "--format", format, ...options], {
      cwd: ws.folder,
    });
    assert.equal(code, 0, stderr);
    return stdout;
  };

  before(async () => {
    ws = await chain();
    await ws.derive("image", ["the microscope"], "ingest");
    await ws.derive("copy", [ws.at("image"), 'a "second" source'], "copy 0→2; é");
    await writeFile(ws.at("copy", "4_4_40", "é"), "yy");
    await ws.derive("copy", [ws.at("image")], "mend section 12");
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await writeFile(ws.at("key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await mkdir(ws.at("crate"));
    await writeFile(
      ws.at("crate", "ro-crate-metadata.json"),
      await exported("ro-crate", "--license", "https://spdx.org/licenses/CC0-1.0"),
    );
    const envelopes = (await exported("in-toto", "--sign-key", "key.pem")).trimEnd().split("\n");
    assert.equal(envelopes.length, 2);
    const order = {
      folder: ws.at("copy"),
      scales: ["4_4_40"],
      prov: await exported("prov-json"),
      crate: ws.at("crate"),
      envelope: envelopes[1],
      publicKey: Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("base64"),
    };
    const script = fileURLToPath(new URL("../../../test/interop/exports.py", import.meta.url));
    const { stdout, stderr } = spawnSync(python(), [script], { input: JSON.stringify(order), encoding: "utf8" });
    const line = /^ANSWER (.*)$/m.exec(stdout);
    assert.ok(line, stderr);
    answer = JSON.parse(line[1]!) as Answer; // what exports.py prints
  });
  after(() => ws.dispose());

  it("as PROV-JSON are parsed by prov, and survive a round trip", () => {
    const { prov } = answer;
    assert.equal(prov.roundTrip, true);
    assert.deepEqual(prov.labels, ["copy 0→2; é", "mend section 12"]);
    assert.match(prov.starts[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00$/);
    // The volume, its two states, two sources, the state of one at that time, two environments.
    assert.ok(prov.entities >= 8, `${prov.entities}`);
  });

  it("as RO-Crate are loaded by rocrate, an action per run", () => {
    const { crate } = answer;
    assert.equal(crate.name, "Provenance of copy");
    assert.equal(crate.profile, "https://w3id.org/ro/wfrun/process/0.5");
    assert.equal(crate.mentions, 2);
    const completed = "http://schema.org/CompletedActionStatus";
    const [volume] = (crate.actions[0] as [string, string, string, string[], string])[3];
    assert.deepEqual(crate.actions, [
      ["CreateAction", "copy 0→2; é", "Ada", [volume], completed],
      ["UpdateAction", "mend section 12", "Ada", [volume], completed],
    ]);
    assert.match(volume!, /\/copy\/?$/);
    assert.deepEqual(crate.instruments, [
      "align_0123456789abcdef0123456789abcdef01234567",
      "cirrus",
      "registry.example.org_lab_segmenter_sha2560123456789ab",
    ]);
    const { registry, name, tag, sha256 } = crate.image;
    assert.deepEqual(
      [registry, name, tag, sha256],
      ["registry.example.org", "lab/segmenter", "2025.1", "ab".repeat(32)],
    );
  });

  it("hold the digest of all chunks that zarr-checksum makes", async () => {
    const prov = JSON.parse(await exported("prov-json")) as { entity: Record<string, Record<string, unknown>> };
    assert.equal(prov.entity["cirrus:volume"]?.["cirrus:zarrChecksum"], answer.checksum);
    assert.match(answer.checksum, /^[0-9a-f]{32}-2--15$/);
  });

  it("as in-toto are statements with SLSA provenance, signed so that others can check", () => {
    const { statement } = answer;
    assert.equal(statement._type, "https://in-toto.io/Statement/v1");
    assert.equal(statement.predicateType, "https://slsa.dev/provenance/v1");
    assert.deepEqual(
      statement.subject.map(({ name }) => name.replace(ws.folder, "")),
      ["info", "file:///copy"],
    );
    for (const { digest } of statement.subject) assert.equal(Object.keys(digest).length, 1);
    const { buildDefinition, runDetails } = statement.predicate;
    assert.deepEqual(buildDefinition.externalParameters.parameters, { mip: 0 });
    assert.deepEqual(buildDefinition.internalParameters.command, ["cirrus", "copy", "--token", "***"]);
    const [image, file, code] = buildDefinition.resolvedDependencies;
    assert.match(file?.digest?.["sha256"] ?? "", /^[0-9a-f]{64}$/);
    assert.equal(image?.uri, ws.at("image"));
    assert.match(image?.digest?.["sha256"] ?? "", /^[0-9a-f]{64}$/);
    assert.deepEqual(code, {
      uri: "git+https://example.org/lab/align.git@0123456789abcdef0123456789abcdef01234567",
      digest: { gitCommit: "0123456789abcdef0123456789abcdef01234567" },
    });
    assert.match(runDetails.metadata.invocationId, /^urn:uuid:/);
    assert.ok(runDetails.metadata.startedOn < runDetails.metadata.finishedOn);
    assert.equal(runDetails.byproducts.length, 2);
  });

  it("as in-toto say of an earlier run only what it made itself", async () => {
    const [first] = (await exported("in-toto", "--no-digest")).split("\n");
    const { subject } = JSON.parse(first!) as Statement;
    assert.deepEqual(
      subject.map(({ name }) => name.slice(0, 20)),
      ["provenance.d/events/"],
    );
  });

  it("tell of work that another tool did as of a run, with its digests", async () => {
    await ws.volume("theirs");
    const { code, stderr } = await runCli(
      [
        "provenance",
        "process",
        "add",
        "theirs",
        "--task",
        "agglomerate",
        "--source",
        ws.at("image"),
        "--motivation",
        "m",
      ],
      { cwd: ws.folder },
    );
    assert.equal(code, 0, stderr);
    const read = await runCli(["provenance", "export", "theirs", "--format", "in-toto"], { cwd: ws.folder });
    const { subject, predicate } = JSON.parse(read.stdout) as Statement;
    assert.deepEqual(
      subject.map(({ name }) => name.replace(ws.folder, "")),
      ["info", "file:///theirs"],
    );
    assert.equal(predicate.runDetails.builder.id, "urn:cirrus:agent:another-tool");
    assert.match(predicate.buildDefinition.resolvedDependencies[0]?.digest?.["sha256"] ?? "", /^[0-9a-f]{64}$/);
  });

  it("as Markdown tell people, and no text of theirs becomes markup", async () => {
    const page = await exported("markdown", "--no-digest");
    assert.match(page, /^# copy\n\nVolume `file:\/\/.*\/copy`, provenance as of /);
    assert.match(page, /\n## Motivation\n\n> why copy\n/);
    assert.match(
      page,
      /\n### mend section 12\n\n- job: 0abcde-fghm, completed\n- when: .* to .*\n- who: Ada \\<ada@example.org\\>\n/,
    );
    assert.match(page, /\n- command: `cirrus copy --token \*\*\*`\n/);
    assert.doesNotMatch(page, /hush|chunks:/);
  });

  it("are refused where there is no record, with the way to make one", async () => {
    await ws.volume("bare");
    const { code, stderr } = await runCli(["provenance", "export", "bare", "--format", "markdown"], { cwd: ws.folder });
    assert.equal(code, 3);
    assert.match(stderr, /bare has no provenance that could be exported/);
    assert.match(stderr, /process add/);
  });
});
