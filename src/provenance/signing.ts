/**
 * Ed25519 signatures of events. What is signed is the event's text without its `signature`; the public key stands in the event, so
 * anybody can check that it was not altered, and whoever trusts that key, who wrote it. The private key stays in a file that a flag,
 * a variable or a config names.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { parseLossless } from "../core/json/parse.js";
import { isJsonObject } from "../core/json/value.js";
import type { StoreOptions } from "../storage/store.js";
import { eventText, signedText, type ProvenanceEvent, type Signature } from "./model/event.js";

/** How records are reached, and signed. Nothing here is a secret. */
export interface RecordOptions extends StoreOptions {
  /** PEM file with an Ed25519 private key: events are signed with it. */
  readonly signKeyFile?: string;
}

export type Signer = (event: ProvenanceEvent) => ProvenanceEvent;

/** @throws CirrusError `E_SIGN_KEY` when the file cannot be read or holds no Ed25519 private key; never with anything of its content */
export async function loadSigner({ signKeyFile }: RecordOptions): Promise<Signer | undefined> {
  if (signKeyFile === undefined) return undefined;
  const key = await readPrivateKey(signKeyFile);
  const publicKey = rawPublicKey(createPublicKey(key));
  return (event) => {
    const value = sign(null, Buffer.from(eventText(event)), key).toString("base64");
    return { ...event, signature: { algorithm: "ed25519", publicKey, value } };
  };
}

/** @throws CirrusError `E_SIGN_KEY` */
export async function readPrivateKey(file: string): Promise<KeyObject> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const why = codeOf(error) === "ENOENT" ? "there is no such file" : messageOf(error);
    throw new CirrusError("E_SIGN_KEY", `cannot read the signing key ${file}: ${why}`);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw new CirrusError("E_SIGN_KEY", `${file} holds no private key that can be read (PEM, without a passphrase)`);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new CirrusError("E_SIGN_KEY", `${file} holds a key of type ${key.asymmetricKeyType}, not Ed25519`);
}

/** Base64 of the 32 bytes. */
function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url").toString("base64");
}

/**
 * Public keys of a file as base64 of their 32 bytes: PEM blocks, lines as OpenSSH writes them (`ssh-ed25519 AAAA... name`), or bare base64.
 *
 * @throws CirrusError `E_SIGN_KEY` when it cannot be read or holds none
 */
export async function readTrustedKeys(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const why = codeOf(error) === "ENOENT" ? "there is no such file" : messageOf(error);
    throw new CirrusError("E_SIGN_KEY", `cannot read the trusted keys ${file}: ${why}`, { hint: publicKeyHint });
  });
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^]*?-----END PUBLIC KEY-----/g) ?? [];
  const lines = text.split("\n").flatMap((line) => {
    const ssh = /(?:^|\s)ssh-ed25519 ([A-Za-z0-9+/=]+)/.exec(line)?.[1];
    if (ssh !== undefined) return [Buffer.from(ssh, "base64").subarray(-32).toString("base64")];
    return /^[A-Za-z0-9+/]{43}=$/.test(line.trim()) ? [line.trim()] : [];
  });
  const keys = [...blocks.flatMap(fromPem), ...lines];
  if (keys.length) return keys;
  throw new CirrusError("E_SIGN_KEY", `${file} holds no Ed25519 public key (PEM, OpenSSH, or base64 of 32 bytes)`, { hint: publicKeyHint }); // prettier-ignore
}

const publicKeyHint = "`openssl pkey -in key.pem -pubout -out lab.pub` writes the public key of a private one";

function fromPem(block: string): string[] {
  try {
    const key = createPublicKey(block);
    return key.asymmetricKeyType === "ed25519" ? [rawPublicKey(key)] : [];
  } catch {
    return [];
  }
}

export interface SignatureState {
  /** none: the event is not signed. invalid: it, or its signature, was altered. */
  readonly state: "valid" | "invalid" | "none";
  readonly publicKey?: string;
}

/** @param text - of the stored event */
export function checkSignature(text: string): SignatureState {
  const event = parseLossless(text);
  const signature = isJsonObject(event) ? event.signature : undefined;
  if (!isJsonObject(event) || signature === undefined) return { state: "none" };
  const { algorithm, publicKey, value } = signature as Partial<Signature>; // each is looked at here
  if (algorithm !== "ed25519" || typeof publicKey !== "string" || typeof value !== "string")
    return { state: "invalid" };
  try {
    const x = Buffer.from(publicKey, "base64").toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    const isValid = verify(null, Buffer.from(signedText(event)), key, Buffer.from(value, "base64"));
    return { state: isValid ? "valid" : "invalid", publicKey };
  } catch {
    return { state: "invalid", publicKey };
  }
}
