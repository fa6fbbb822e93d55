/** What a command may touch of its process, given by main.ts and by tests. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  /** Data only. */
  readonly stdout: Output;
  /** Everything else: progress, notes, questions, errors. */
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
}
