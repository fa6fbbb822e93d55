/** Code environments become files at the volume's root, each written once under a name that tells its content. */
import { redactJson } from "../core/redact.js";
import type { WritableStore } from "../storage/store.js";
import { codeEnvFileName, codeEnvText, type CodeEnv } from "./model/code-env.js";
import { putOnce, sha256Hex } from "./objects.js";

export interface WrittenEnv {
  readonly kind: string;
  readonly file: string;
  readonly sha256: string;
}

/** @returns name and digest per environment, in the order given, without repeats; not yet durable */
export async function writeCodeEnvs(store: WritableStore, envs: readonly CodeEnv[]): Promise<WrittenEnv[]> {
  const written = await Promise.all(envs.map((env) => writeCodeEnv(store, env)));
  return written.filter(({ file }, i) => written.findIndex((other) => other.file === file) === i);
}

/** As it will be written, unless another file has its name. */
export function codeEnvFile(env: CodeEnv): Omit<WrittenEnv, "kind"> & { readonly bytes: Uint8Array } {
  const bytes = Buffer.from(codeEnvText({ ...env, document: redactJson(env.document) }));
  const sha256 = sha256Hex(bytes);
  return { bytes, sha256, file: codeEnvFileName(env, sha256) };
}

async function writeCodeEnv(store: WritableStore, env: CodeEnv): Promise<WrittenEnv> {
  const { bytes, sha256, file } = codeEnvFile(env);
  if (await putOnce(store, file, bytes)) return { kind: env.kind, file, sha256 };
  // provenance-toolbox names by commit or image alone, and another package list may stand there already.
  const other = codeEnvFileName({ ...env, isNamedByDigest: true }, sha256);
  if (await putOnce(store, other, bytes)) return { kind: env.kind, file: other, sha256 };
  throw new Error(`another file has the name ${other}`);
}
