/**
 * Code environments: what ran. Each becomes one small JSON file at the volume's root, in the key spelling and by the
 * file names of provenance-toolbox where it has the kind (git, Docker), so that its readers find them.
 */
import { stringifyLossless } from "../../core/json/stringify.js";
import type { JsonObject } from "../../core/json/value.js";

export type CodeEnvKind = "git" | "docker" | "singularity" | "node" | "conda" | "uv" | "system";

export interface CodeEnv {
  readonly kind: CodeEnvKind;
  /** File name without the digest. */
  readonly stem: string;
  /** True where the stem does not determine the content: the name then ends in a digest of it. */
  readonly isNamedByDigest: boolean;
  readonly document: JsonObject;
}

/** `[name, version]`, sorted by name. */
export type PackageVersion = readonly [name: string, version: string];

export interface GitFacts {
  /** URL of `origin` or another remote without credentials; "" when there is none. */
  readonly remoteUrl: string;
  /** Of the working tree's folder, where there is no remote. */
  readonly folderName: string;
  /** 40 or 64 hex digits; "" before the first commit. */
  readonly commit: string;
  readonly branch: string | null;
  readonly tag: string | null;
  readonly isDirty: boolean;
  /** Staged, unstaged and untracked changes against `commit`, as `git apply` takes it; "" when there are none. */
  readonly patch: string;
  /** What the patch leaves out, each with why. */
  readonly leftOut: readonly LeftOutFile[];
  /** For people: what could not be found out. */
  readonly problems: readonly string[];
  /** Python packages of the environment that its code ran in, where there is one. */
  readonly packages?: readonly PackageVersion[];
}

export interface LeftOutFile {
  readonly path: string;
  readonly why: "too large" | "looks secret" | "unreadable" | "a repository of its own";
  readonly sizeBytes?: number;
  readonly sha256?: string;
}

/** Named `<repository>_<commit>`, and by its content too when the tree is not what the commit says. */
export function gitEnv(facts: GitFacts): CodeEnv {
  const { remoteUrl, commit, branch, tag, isDirty, patch, leftOut, problems, packages = [] } = facts;
  const extra = {
    dirty: isDirty,
    ...(branch === null ? {} : { branch }),
    ...(tag === null ? {} : { tag }),
    ...(leftOut.length ? { "left out": leftOut.map((file): JsonObject => ({ ...file })) } : {}),
    ...(problems.length ? { problems } : {}),
  };
  return {
    kind: "git",
    stem: `${repositoryName(facts)}_${commit || "uncommitted"}`,
    isNamedByDigest: isDirty || commit === "",
    // The toolbox's name for a git repository, whatever its language; Node packages are in the Node environment's file.
    document: {
      "CodeEnv type": "PythonGithub",
      name: remoteUrl,
      "commit hash": commit,
      diff: patch,
      packages,
      cirrus: extra,
    },
  };
}

/** Last part of the URL without its `.git`: `foo.github.io.git` is `foo.github.io`. */
function repositoryName({ remoteUrl, folderName }: GitFacts): string {
  const last =
    remoteUrl
      .replace(/[/\\]+$/, "")
      .split(/[/\\:]/)
      .at(-1) ?? "";
  return keyPart(last.replace(/\.git$/, "") || folderName);
}

export interface DockerFacts {
  /** `lab/segmenter`, registry included where there is one. */
  readonly imageName: string;
  readonly tag: string;
  /** `sha256:...`; "" when nobody knows it. */
  readonly imageId: string;
  /** `lab/segmenter@sha256:...` */
  readonly repoDigests: readonly string[];
  /** Python packages in the image, where they were asked for. */
  readonly packages?: readonly PackageVersion[];
}

/** Named `<image name>_<image id>`. */
export const dockerEnv = ({ imageName, tag, imageId, repoDigests, packages }: DockerFacts): CodeEnv => ({
  kind: "docker",
  stem: `${keyPart(imageName)}_${keyPart(imageId.replaceAll(":", "") || tag || "unknown")}`,
  isNamedByDigest: imageId === "",
  document: {
    "CodeEnv type": "Docker",
    "image name": imageName,
    tag,
    "image ID": imageId,
    ...(packages ? { packages } : {}),
    ...(repoDigests.length ? { cirrus: { "repo digests": repoDigests } } : {}),
  },
});

export interface NodeFacts {
  readonly nodeVersion: string;
  readonly cirrusVersion: string;
  /** Those that cirrus loads, as installed. */
  readonly packages: readonly PackageVersion[];
}

export const nodeEnv = ({ nodeVersion, cirrusVersion, packages }: NodeFacts): CodeEnv => ({
  kind: "node",
  stem: `node_${keyPart(nodeVersion)}`,
  isNamedByDigest: true,
  document: { "CodeEnv type": "Node", "node version": nodeVersion, "cirrus version": cirrusVersion, packages },
});

export interface SystemFacts {
  readonly hostname: string;
  readonly os: string;
  readonly release: string;
  readonly architecture: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly isContainer: boolean;
  /** Id of the container, 64 hex digits, where it shows. */
  readonly containerId?: string;
  /** Variables that decide how programs run, secrets replaced. */
  readonly variables: Readonly<Record<string, string>>;
}

export const systemEnv = (facts: SystemFacts): CodeEnv => ({
  kind: "system",
  stem: `system_${keyPart(facts.hostname)}`,
  isNamedByDigest: true,
  document: {
    "CodeEnv type": "System",
    hostname: facts.hostname,
    OS: facts.os,
    release: facts.release,
    architecture: facts.architecture,
    "CPU model": facts.cpuModel,
    "CPU count": facts.cpuCount,
    "memory bytes": facts.memoryBytes,
    container: facts.isContainer,
    ...(facts.containerId === undefined ? {} : { "container ID": facts.containerId }),
    variables: facts.variables,
  },
});

/** Text of an environment file. */
export const codeEnvText = (env: CodeEnv): string => stringifyLossless(env.document, "cloudvolume");

/** @param sha256 - of the file's bytes, hex */
export const codeEnvFileName = (env: CodeEnv, sha256: string): string =>
  env.isNamedByDigest ? `${env.stem}_${sha256.slice(0, 12)}` : env.stem;

/** Letters that every store and file system takes in a key; `/` is `_` as in provenance-toolbox. */
export const keyPart = (text: string): string => text.replace(/[^\w.@+-]/g, "_").slice(0, 120) || "unnamed";
