/** Volumes that were made one from another, as jobs leave their records: an info file, one chunk, and a finished run. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serializeInfo } from "#src/formats/precomputed/info.js";
import { admit } from "#src/provenance/admit.js";
import { complete } from "#src/provenance/log.js";
import { dockerEnv, gitEnv } from "#src/provenance/model/code-env.js";
import { infoWith } from "../volume/fixture.js";

const git = gitEnv({
  remoteUrl: "https://example.org/lab/align.git",
  folderName: "align",
  commit: "0123456789abcdef0123456789abcdef01234567",
  branch: "main",
  tag: null,
  isDirty: false,
  patch: "",
  leftOut: [],
  problems: [],
});
const docker = dockerEnv({
  imageName: "registry.example.org/lab/segmenter",
  tag: "2025.1",
  imageId: "sha256:0123456789ab",
  repoDigests: [`lab/segmenter@sha256:${"ab".repeat(32)}`],
});

export interface Chain {
  readonly folder: string;
  at(...names: string[]): string;
  url(name: string): string;
  /** A volume with one chunk, without any record. */
  volume(name: string): Promise<string>;
  /** That, and a run that made it of `sources`. */
  derive(name: string, sources: readonly string[], task?: string): Promise<string>;
  dispose(): Promise<void>;
}

export async function chain(): Promise<Chain> {
  const folder = await mkdtemp(join(tmpdir(), "cirrus-chain-"));
  const at = (...names: string[]): string => join(folder, ...names);
  const volume: Chain["volume"] = async (name) => {
    await mkdir(at(name, "4_4_40"), { recursive: true });
    await writeFile(at(name, "info"), serializeInfo(infoWith()));
    await writeFile(at(name, "4_4_40", "-10-22_5-37_100-104"), `chunk of ${name}`);
    return at(name);
  };
  let count = 0;
  return {
    folder,
    at,
    url: (name) => `file://${at(name)}`,
    volume,
    derive: async (name, sources, task = `make ${name}`) => {
      const destination = await volume(name);
      const { recordKey } = await admit({
        destination,
        jobId: `0abcde-fgh${"jkmnpq"[count++]}`,
        who: { name: "Ada", email: "ada@example.org" },
        argv: ["cirrus", "copy", "--token", "hush"],
        codeEnvs: [git, docker],
        declaration: { sources, motivation: `why ${name}`, process: { description: task, parameters: { mip: 0 } } },
      });
      await complete({ destination, recordKey, status: "completed", message: "1 chunk" });
      return destination;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
