/** The machine. */
import { existsSync } from "node:fs";
import { arch, cpus, hostname, platform, release, totalmem } from "node:os";
import type { SystemFacts } from "../model/code-env.js";

export function captureSystem(): SystemFacts {
  const all = cpus();
  return {
    hostname: hostname(),
    os: platform(),
    release: release(),
    architecture: arch(),
    cpuModel: all[0]?.model.trim() ?? "unknown",
    cpuCount: all.length,
    memoryBytes: totalmem(),
    isContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
  };
}
