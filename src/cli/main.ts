/** Runs the command line of this process. Imported by bin/cirrus.js only: this module acts when it is loaded. */
import process from "node:process";
import type { ExitCode } from "../core/error-codes.js";
import { commands } from "./commands/index.js";
import { runCli } from "./frame.js";
import { exitCodeOf, renderError } from "./render-error.js";

let exitCode: ExitCode = 0;

// `cirrus status | head -1`: the reader left, which is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCode);
  throw error;
});
// Nobody reads the progress any more, and there is no other place to say so: the run goes on.
process.stderr.on("error", () => {});

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (thrown: unknown) => {
    process.stderr.write(
      renderError(thrown, { json: process.argv.includes("--json"), debug: process.argv.includes("--debug") }),
    );
    process.exit(exitCodeOf(thrown));
  });
}

const { stdout, stderr, stdin, env } = process;
const code = await runCli(
  process.argv.slice(2),
  commands,
  { stdout, stderr, stdin, env, cwd: process.cwd() },
  (known) => {
    exitCode = known;
  },
);
// A handle that a library left open must not hold the shell; what was written goes out first.
await Promise.all([stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write("", () => resolve()))));
process.exit(code);
