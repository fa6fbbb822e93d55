/** The container image that cirrus runs in, when somebody tells: a process cannot see it from within. */
import { execa } from "execa";
import type { DockerFacts } from "../model/code-env.js";

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

/** Asks the docker program for the id when it was not told; `problem` says when nobody knows it. */
export async function captureDocker(
  hint: DockerHint,
): Promise<{ readonly facts: DockerFacts; readonly problem?: string }> {
  const { imageName, tag, digest } = splitImage(hint.image);
  const told = hint.imageId ?? "";
  const fromImage = digest ? [`${imageName}@${digest}`] : [];
  if (told) return { facts: { imageName, tag, imageId: told, repoDigests: fromImage } };
  const format = '{{.Id}} {{join .RepoDigests " "}}';
  const result = await execa("docker", ["image", "inspect", "--format", format, hint.image], {
    timeout: 1500,
    stdin: "ignore",
    reject: false,
  });
  const [imageId = "", ...repoDigests] = result.failed ? [] : result.stdout.trim().split(/\s+/);
  const facts = { imageName, tag, imageId, repoDigests: repoDigests.length ? repoDigests : fromImage };
  return imageId
    ? { facts }
    : { facts, problem: `the id of the image ${hint.image} is not known: set CIRRUS_DOCKER_IMAGE_ID` };
}

/** The tag is after a colon that no slash follows: `host:5000/lab/x` has none, which means `latest`. */
function splitImage(image: string): { readonly imageName: string; readonly tag: string; readonly digest: string } {
  const [name = "", digest = ""] = image.split("@");
  const [, imageName = name, tag] = /^(.*):([^/:]+)$/.exec(name) ?? [];
  return { imageName, tag: tag ?? (digest ? "" : "latest"), digest };
}
