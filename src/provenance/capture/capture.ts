/** Everything about who runs what that cirrus can find out by itself, all at once and without ever failing a job. */
import { messageOf } from "../../core/errors.js";
import { packageRoot } from "../agent.js";
import { dockerEnv, gitEnv, nodeEnv, systemEnv, type CodeEnv } from "../model/code-env.js";
import type { Who } from "../model/event.js";
import { singularityEnv, type SingularityFacts } from "../model/package-env.js";
import { readContainer } from "./container.js";
import { captureDocker, dockerHintFrom, imageOfContainer, type DockerHint } from "./docker.js";
import { captureGit } from "./git.js";
import { captureNode } from "./node.js";
import { captureSystem } from "./system.js";
import { captureWho } from "./who.js";

export interface CaptureRequest {
  /** Of the job config, else the current one: its git repository is the user's code. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Instead of what `env` tells. */
  readonly docker?: DockerHint;
}

/** What `admit` takes. */
export interface Capture {
  readonly who: Who;
  readonly codeEnvs: readonly CodeEnv[];
  /** For people: what could not be found out. */
  readonly notCaptured: readonly string[];
}

export async function capture({ folder, env, docker: given }: CaptureRequest): Promise<Capture> {
  const notCaptured: string[] = [];
  const orSay = async <Value>(what: string, work: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await work;
    } catch (error) {
      notCaptured.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const docker = given ?? dockerHintFrom(env) ?? (await imageFromWithin());
  const [who, repositories, node, image, system] = await Promise.all([
    orSay("who", captureWho(folder, env)),
    orSay("git", captureRepositories(folder, notCaptured)),
    orSay("node", captureNode()),
    docker ? orSay("docker", captureDocker(docker)) : undefined,
    orSay("system", captureSystem(env)),
  ]);
  const singularity = singularityFrom(env);
  if (image?.problem) notCaptured.push(`docker: ${image.problem}`);
  const codeEnvs = [
    ...(repositories ?? []),
    ...(image ? [dockerEnv(image.facts)] : []),
    ...(node ? [nodeEnv(node)] : []),
    ...(singularity ? [singularityEnv(singularity)] : []),
    ...(system ? [systemEnv(system)] : []),
  ];
  return { who: who ?? {}, codeEnvs, notCaptured };
}

async function imageFromWithin(): Promise<DockerHint | undefined> {
  const { id, image } = await readContainer();
  return image ?? (id === undefined ? undefined : imageOfContainer(id));
}

/** Both programs set these for what runs in their containers. */
function singularityFrom(env: NodeJS.ProcessEnv): SingularityFacts | undefined {
  const image = env.APPTAINER_CONTAINER ?? env.SINGULARITY_CONTAINER;
  if (!image) return undefined;
  return { image, name: env.APPTAINER_NAME ?? env.SINGULARITY_NAME ?? image.split("/").at(-1)! };
}

/** The user's repository, and cirrus's own when it runs from a clone. */
async function captureRepositories(folder: string, notCaptured: string[]): Promise<CodeEnv[]> {
  const own = await packageRoot();
  const isInstalled = /[/\\]node_modules[/\\]/.test(own);
  const captures = await Promise.all([...new Set(isInstalled ? [folder] : [folder, own])].map(captureGit));
  const found = new Map<string, CodeEnv>();
  for (const result of captures) {
    if (result.kind === "failed") notCaptured.push(`git: ${result.why}`);
    if (result.kind !== "found") continue;
    found.set(result.root, gitEnv(result.facts));
    notCaptured.push(...result.facts.problems.map((problem) => `git: ${problem}`));
  }
  return [...found.values()];
}
