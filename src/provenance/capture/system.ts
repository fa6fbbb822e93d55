/** The machine, and what of the environment decides how programs run on it. */
import { arch, cpus, hostname, platform, release, totalmem } from "node:os";
import { redact } from "../../core/redact.js";
import type { SystemFacts } from "../model/code-env.js";
import { readContainer } from "./container.js";

const told =
  /^(?:CIRRUS_(?!USER_|ORCID).*|NODE_OPTIONS|UV_THREADPOOL_SIZE|OMP_NUM_THREADS|CUDA_VISIBLE_DEVICES|LANG|LC_ALL|TZ)$/;

/** @param env - of the process */
export async function captureSystem(env: NodeJS.ProcessEnv): Promise<SystemFacts> {
  const all = cpus();
  const { isContainer, id } = await readContainer();
  const variables = Object.entries(env).flatMap(([name, value]) =>
    told.test(name) && value ? [[name, redact(`${name}=${value}`).slice(name.length + 1)] as const] : [],
  );
  return {
    hostname: hostname(),
    os: platform(),
    release: release(),
    architecture: arch(),
    cpuModel: all[0]?.model.trim() ?? "unknown",
    cpuCount: all.length,
    memoryBytes: totalmem(),
    isContainer,
    ...(id !== undefined && { containerId: id }),
    variables: Object.fromEntries(variables.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
