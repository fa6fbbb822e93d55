/** What a running job tells, one event stream for the progress line, `--progress json` and the log. */

export interface Progress {
  readonly stage: number;
  readonly stages: number;
  readonly tasksDone: number;
  readonly tasksTotal: number;
  readonly tasksFailed: number;
  readonly tasksActive: number;
  readonly filledTiles: number;
  readonly chunks: number;
  /** Left out, because they hold background alone. */
  readonly backgroundChunks: number;
  readonly bytes: number;
  /** 0..1 of the plan's cost, over all stages. */
  readonly fraction: number;
  /** Uncompressed source megabytes per second over this run; null before the first task is done. */
  readonly rateMBs: number | null;
  readonly etaSeconds: number | null;
  readonly workers: number;
}

export type RunEvent =
  | { readonly type: "job"; readonly jobId: string; readonly continued: boolean; readonly logFile: string }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "warning"; readonly code: string; readonly text: string }
  | ({ readonly type: "progress" } & Progress)
  | {
      readonly type: "task-failed";
      readonly task: number;
      readonly code: string;
      readonly message: string;
      readonly names: readonly string[];
    }
  | {
      readonly type: "tile-filled";
      readonly url: string;
      readonly page?: number;
      readonly reason: "missing" | "corrupt";
    }
  | { readonly type: "worker-died"; readonly pid: number; readonly signal: string | null; readonly code: number | null }
  /** `isAsked`: by whoever runs it, who knows. */
  | { readonly type: "draining"; readonly reason: string; readonly isAsked: boolean }
  | {
      readonly type: "finished";
      readonly state: "done" | "failed" | "cancelled" | "left";
      readonly summary: RunSummary;
    };

/** How a run ended; `left` = this supervisor stopped before the job was settled. */
export interface RunSummary {
  readonly jobId: string;
  readonly destination: string;
  readonly state: "done" | "failed" | "cancelled" | "left";
  readonly tasksDone: number;
  readonly tasksFailed: number;
  readonly filledTiles: number;
  readonly chunks: number;
  readonly backgroundChunks: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Processes that ran tasks: at most as many as were asked for. */
  readonly workers?: number;
  /** Milliseconds that the workers of this supervisor spent in each stage of their tasks, summed over them. */
  readonly stagesMs?: Readonly<Record<string, number>>;
}

export type Emit = (event: RunEvent) => void;
