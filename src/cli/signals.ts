/** Two-stage Ctrl-C: the first signal drains (the job stays resumable), the second stops. */

export interface StopSignals {
  /** Aborted by the first SIGINT or SIGTERM: finish what is in work, take nothing new. */
  readonly drain: AbortSignal;
  /** Aborted by the second: leave now. */
  readonly stop: AbortSignal;
  /** The first signal that came. */
  readonly received: "SIGINT" | "SIGTERM" | undefined;
  /** Gives both signals back to Node. */
  dispose(): void;
}

/** npm and npx pass a terminal's Ctrl-C on to a child that has got it already: a repeat this soon is the same key press. */
const sameKeyPressMs = 150;

/** @param tell - called at each stage, for the message to the person */
export function watchSignals(tell: (stage: "drain" | "stop") => void): StopSignals {
  const drain = new AbortController();
  const stop = new AbortController();
  let received: "SIGINT" | "SIGTERM" | undefined;
  let receivedAtMs = 0;

  const onSignal = (name: NodeJS.Signals): void => {
    if (received === undefined) {
      received = name === "SIGTERM" ? "SIGTERM" : "SIGINT";
      receivedAtMs = performance.now();
      tell("drain");
      drain.abort();
    } else if (!stop.signal.aborted && performance.now() - receivedAtMs >= sameKeyPressMs) {
      tell("stop");
      stop.abort();
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    drain: drain.signal,
    stop: stop.signal,
    get received() {
      return received;
    },
    dispose() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
