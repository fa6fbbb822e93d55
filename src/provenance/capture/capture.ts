/** Everything about who runs what that cirrus can find out by itself, all at once and without ever failing a job. */
import { messageOf } from "../../core/errors.js";
import { packageRoot } from "../agent.js";
import { dockerEnv, gitEnv, nodeEnv, systemEnv, type CodeEnv } from "../model/code-env.js";
import type { Who } from "../model/event.js";
import { captureDocker, dockerHintFrom, type DockerHint } from "./docker.js";
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

export async function capture({ folder, env, docker = dockerHintFrom(env) }: CaptureRequest): Promise<Capture> {
  const notCaptured: string[] = [];
  const orSay = async <Value>(what: string, work: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await work;
    } catch (error) {
      notCaptured.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const [who, repositories, node, image] = await Promise.all([
    orSay("who", captureWho(folder, env)),
    orSay("git", captureRepositories(folder, notCaptured)),
    orSay("node", captureNode()),
    docker ? orSay("docker", captureDocker(docker)) : undefined,
  ]);
  if (image?.problem) notCaptured.push(`docker: ${image.problem}`);
  const codeEnvs = [
    ...(repositories ?? []),
    ...(image ? [dockerEnv(image.facts)] : []),
    ...(node ? [nodeEnv(node)] : []),
    systemEnv(captureSystem()),
  ];
  return { who: who ?? {}, codeEnvs, notCaptured };
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
