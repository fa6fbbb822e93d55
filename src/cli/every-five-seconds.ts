/** For progress of commands that have no bar: a line now and then. */

/** Calls `tell` at most every five seconds, the first time after five. */
export function everyFiveSeconds(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let toldMs = performance.now();
  return (done, total) => {
    if (performance.now() - toldMs < 5000) return;
    toldMs = performance.now();
    tell(done, total);
  };
}
