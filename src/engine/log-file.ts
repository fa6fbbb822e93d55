/** The log of a job: one file in the state folder, to which every supervisor of this machine appends its events. */
import { join } from "node:path";
import { redact } from "../core/redact.js";
import type { Emit, RunEvent } from "./events.js";

export interface JobLog {
  readonly file: string;
  /** Writes before it returns: a kill loses no line. Progress is kept twice a minute only. */
  readonly emit: Emit;
  close(): void;
}

export const logFile = (stateFolder: string, jobId: string): string => join(stateFolder, "logs", `${jobId}.log`);

const progressEveryMs = 30_000;

/**
 * Lines of JSON, with secrets taken out, readable by their owner only. A log that cannot be written (a full disk, a
 * state folder of somebody else) is given up without a word: the job is worth more.
 */
export const openJobLog = (stateFolder: string, jobId: string): Promise<JobLog> => openLog(logFile(stateFolder, jobId));

/** The same in a file of one's choice. */
export async function openLog(file: string): Promise<JobLog> {
  const { pino } = await import("pino");
  let destination: ReturnType<typeof pino.destination>;
  try {
    destination = pino.destination({ dest: file, append: true, mkdir: true, sync: true, mode: 0o600 });
  } catch {
    return { file, emit: () => {}, close: () => {} };
  }
  destination.on("error", () => {}); // without a listener it would end the process
  const logger = pino({ base: { supervisor: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  let progressAtMs = -Infinity;
  return {
    file,
    emit(event) {
      if (event.type === "progress") {
        if (performance.now() - progressAtMs < progressEveryMs) return;
        progressAtMs = performance.now();
      }
      const { type, ...facts } = event;
      logger[levelOf(event)]({ event: type, ...withoutSecrets(facts) });
    },
    close: () => destination.end(),
  };
}

function levelOf({ type }: RunEvent): "error" | "warn" | "info" {
  if (type === "task-failed") return "error";
  return type === "warning" || type === "worker-died" || type === "tile-filled" ? "warn" : "info";
}

const withoutSecrets = (facts: object): object =>
  JSON.parse(
    JSON.stringify(facts, (_, value: unknown) => (typeof value === "string" ? redact(value) : value)),
  ) as object; // an object, as given
