/** What a process can see of the container that it runs in. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DockerHint } from "./docker.js";

export interface Container {
  readonly isContainer: boolean;
  /** 64 hex digits: what `docker inspect` takes. */
  readonly id?: string;
  /** podman tells a privileged container its image. */
  readonly image?: DockerHint;
}

/** @param root - of the file system */
export async function readContainer(root = "/"): Promise<Container> {
  const read = (path: string): Promise<string> => readFile(join(root, path), "utf8").catch(() => "");
  const [podman, mounts, groups, isDocker] = await Promise.all([
    read("run/.containerenv"),
    read("proc/self/mountinfo"),
    read("proc/self/cgroup"),
    exists(join(root, ".dockerenv")),
  ]);
  const isPodman = podman !== "" || (await exists(join(root, "run/.containerenv")));
  const field = (name: string): string | undefined => new RegExp(`^${name}="(.*)"$`, "m").exec(podman)?.[1];
  // docker and podman mount hostname and resolv.conf from a folder that is named by the id; cgroup v1 tells it too.
  const id =
    field("id") ??
    /\/(?:overlay-)?containers\/([0-9a-f]{64})\//.exec(mounts)?.[1] ??
    /([0-9a-f]{64})(?:\.scope)?$/m.exec(groups)?.[1];
  const [image, imageId] = [field("image"), field("imageid")];
  return {
    isContainer: isDocker || isPodman,
    ...(id && { id }),
    ...(image && { image: { image, ...(imageId && { imageId: `sha256:${imageId}` }) } }),
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
