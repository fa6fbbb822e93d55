/** Container images: what docker or podman knows of them, and which one cirrus runs in when somebody tells. */
import type { DockerFacts, PackageVersion } from "../model/code-env.js";

export interface DockerHint {
  /** `registry/lab/segmenter:2025.1` or `...@sha256:...` */
  readonly image: string;
  /** `sha256:...` */
  readonly imageId?: string;
}

/** `CIRRUS_DOCKER_IMAGE` and `CIRRUS_DOCKER_IMAGE_ID`; undefined when the first is not set. */
export function dockerHintFrom(env: NodeJS.ProcessEnv): DockerHint | undefined {
  const { CIRRUS_DOCKER_IMAGE: image, CIRRUS_DOCKER_IMAGE_ID: imageId } = env;
  if (!image) return undefined;
  return imageId ? { image, imageId } : { image };
}

/** Programs that know images, the first that does counts. */
const engines = ["docker", "podman"] as const;

/** The image of a container, asked from within: works where the engine's socket is mounted. */
export async function imageOfContainer(id: string): Promise<DockerHint | undefined> {
  for (const engine of engines) {
    const [image, imageId] = (await ask(engine, ["inspect", "--format", "{{.Config.Image}} {{.Image}}", id])) ?? [];
    if (image && imageId) return { image, imageId: withAlgorithm(imageId) };
  }
  return undefined;
}

export interface DockerCapture {
  readonly facts: DockerFacts;
  /** For people: what nobody knows. */
  readonly problem?: string;
}

/** Asks docker, then podman, for the id when it was not told. */
export async function captureDocker(
  hint: DockerHint,
  { includePackages = false }: { readonly includePackages?: boolean } = {},
): Promise<DockerCapture> {
  const { imageName, tag, digest } = splitImage(hint.image);
  const fromImage = digest ? [`${imageName}@${digest}`] : [];
  const known = hint.imageId ? { imageId: hint.imageId, repoDigests: fromImage } : await inspect(hint.image, fromImage);
  const facts = { imageName, tag, ...known };
  if (!facts.imageId)
    return { facts, problem: `the id of the image ${hint.image} is not known: set CIRRUS_DOCKER_IMAGE_ID` };
  if (!includePackages) return { facts };
  const packages = await packagesIn(hint.image);
  return packages
    ? { facts: { ...facts, packages } }
    : { facts, problem: `the Python packages of the image ${hint.image} are not known: it could not be run` };
}

async function inspect(image: string, fromImage: readonly string[]) {
  for (const engine of engines) {
    const format = '{{.Id}} {{join .RepoDigests " "}}';
    const [imageId, ...repoDigests] = (await ask(engine, ["image", "inspect", "--format", format, image])) ?? [];
    if (imageId) return { imageId: withAlgorithm(imageId), repoDigests: repoDigests.length ? repoDigests : fromImage };
  }
  return { imageId: "", repoDigests: fromImage };
}

/** podman leaves out what docker puts before the digits. */
const withAlgorithm = (id: string): string => (/^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id);

const listing =
  "import importlib.metadata as m;print(*sorted({d.metadata['Name']+'=='+d.version for d in m.distributions()}))";

/** Runs the image's Python, without network; undefined when that cannot be. */
async function packagesIn(image: string): Promise<PackageVersion[] | undefined> {
  for (const engine of engines)
    for (const python of ["python3", "python"]) {
      const words = await ask(
        engine,
        ["run", "--rm", "--network", "none", "--entrypoint", python, image, "-c", listing],
        60_000,
      );
      if (words) return words.map((word): PackageVersion => [word.split("==")[0]!, word.split("==")[1] ?? ""]);
    }
  return undefined;
}

/** Words of what the program prints; undefined when it failed or is not there. */
async function ask(engine: string, args: readonly string[], timeout = 1500): Promise<string[] | undefined> {
  const { execa } = await import("execa"); // here only: loading it takes 90 ms of CPU time
  const result = await execa(engine, args, { timeout, stdin: "ignore", reject: false });
  return result.failed ? undefined : result.stdout.trim().split(/\s+/);
}

/** The tag is after a colon that no slash follows: `host:5000/lab/x` has none, which means `latest`. */
function splitImage(image: string): { readonly imageName: string; readonly tag: string; readonly digest: string } {
  const [name = "", digest = ""] = image.split("@");
  const [, imageName = name, tag] = /^(.*):([^/:]+)$/.exec(name) ?? [];
  return { imageName, tag: tag ?? (digest ? "" : "latest"), digest };
}
