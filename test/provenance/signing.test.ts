import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { admit } from "#src/provenance/admit.js";
import { complete } from "#src/provenance/log.js";
import { checkSignature, readTrustedKeys } from "#src/provenance/signing.js";
import { keys, newFolder, request, text } from "./fixture.js";

function newKeys() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const folder = newFolder();
  const file = `${folder}-key.pem`;
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
  return { file, publicKey };
}

describe("signed events", () => {
  it("are valid as they are stored, start and end", async () => {
    const { file, publicKey } = newKeys();
    const folder = newFolder();
    const options = { signKeyFile: file };
    const { recordKey } = await admit(request(folder, { options }));
    await complete({ destination: folder, options, recordKey, status: "completed", message: "é; 1e-07" });
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
    const events = keys(folder).filter((key) => key.includes("/events/"));
    assert.equal(events.length, 2);
    for (const key of events) assert.deepEqual(checkSignature(text(folder, key)), { state: "valid", publicKey: raw });
  });

  it("show an edit, also of a member that this version does not know", async () => {
    const { file } = newKeys();
    const folder = newFolder();
    const { recordKey } = await admit(request(folder, { options: { signKeyFile: file } }));
    const stored = text(folder, recordKey);
    assert.equal(checkSignature(stored.replace("over block 3", "over block 4")).state, "invalid");
    assert.equal(checkSignature(stored.replace("{", '{"later": 1,')).state, "invalid");
    assert.equal(checkSignature(readFileSync(join(folder, recordKey), "utf8")).state, "valid");
  });

  it("are none without a key", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    assert.deepEqual(checkSignature(text(folder, recordKey)), { state: "none" });
  });
});

describe("keys", () => {
  it("that are not Ed25519 are refused before anything is written, and never quoted", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const folder = newFolder();
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(`${folder}.pem`, pem);
    const refused = (error: unknown) =>
      isCirrusError(error, "E_SIGN_KEY") && !error.message.includes(pem.toString().split("\n")[1]!);
    await assert.rejects(admit(request(folder, { options: { signKeyFile: `${folder}.pem` } })), refused);
    writeFileSync(`${folder}.pem`, pem.toString().replace("BEGIN", "BEGIN X"));
    await assert.rejects(admit(request(folder, { options: { signKeyFile: `${folder}.pem` } })), refused);
    assert.throws(() => keys(folder), { code: "ENOENT" });
  });

  it("to trust are read from PEM, OpenSSH lines and base64", async () => {
    const { publicKey } = newKeys();
    const file = `${newFolder()}.pub`;
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const name = Buffer.from("ssh-ed25519");
    const length = (n: number) => Buffer.from([0, 0, 0, n]);
    const ssh = Buffer.concat([length(name.length), name, length(32), raw]).toString("base64");
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    writeFileSync(file, `${pem}\n# mine\nssh-ed25519 ${ssh} me@lab\n${raw.toString("base64")}\n`);
    assert.deepEqual(await readTrustedKeys(file), Array(3).fill(raw.toString("base64")));
  });
});
