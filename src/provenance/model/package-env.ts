/** Code environments that are a list of packages: a Node project's lock file, a conda environment, a uv project. */
import { keyPart, type CodeEnv, type PackageVersion } from "./code-env.js";

interface LockFacts {
  /** Of the project. */
  readonly name: string;
  readonly version: string;
  readonly lockFile: string;
  /** Of the lock file's bytes, hex. */
  readonly lockSha256: string;
  readonly packages: readonly PackageVersion[];
}

export const nodeProjectEnv = ({ name, version, lockFile, lockSha256, packages }: LockFacts): CodeEnv => ({
  kind: "node",
  stem: `node_${keyPart(name)}`,
  isNamedByDigest: true,
  document: {
    "CodeEnv type": "Node",
    name,
    version,
    "lock file": lockFile,
    "lock sha256": lockSha256,
    packages,
  },
});

export const uvEnv = (facts: LockFacts & { readonly requiresPython: string }): CodeEnv => ({
  kind: "uv",
  stem: `uv_${keyPart(facts.name)}`,
  isNamedByDigest: true,
  document: {
    "CodeEnv type": "uv",
    name: facts.name,
    version: facts.version,
    "requires python": facts.requiresPython,
    "lock file": facts.lockFile,
    "lock sha256": facts.lockSha256,
    packages: facts.packages,
  },
});

export interface CondaFacts {
  /** Last part of the prefix, as `conda activate` takes it. */
  readonly name: string;
  /** Sorted by name; channel and build say which of several packages of one version. */
  readonly condaPackages: readonly (readonly [name: string, version: string, build: string, channel: string])[];
  /** Python packages, those of conda and of pip. */
  readonly packages: readonly PackageVersion[];
}

export const condaEnv = ({ name, condaPackages, packages }: CondaFacts): CodeEnv => ({
  kind: "conda",
  stem: `conda_${keyPart(name)}`,
  isNamedByDigest: true,
  document: { "CodeEnv type": "Conda", name, "conda packages": condaPackages, packages },
});

export interface SingularityFacts {
  /** Path of the image file, or its URL. */
  readonly image: string;
  /** As `apptainer` shows it. */
  readonly name: string;
}

export const singularityEnv = ({ image, name }: SingularityFacts): CodeEnv => ({
  kind: "singularity",
  stem: `singularity_${keyPart(name)}`,
  isNamedByDigest: true,
  document: { "CodeEnv type": "Singularity", "image name": name, image },
});
