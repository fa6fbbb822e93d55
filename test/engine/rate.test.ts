import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RateMeter } from "#src/engine/rate.js";

/** Two workers, each task `taskMs` long, not in step: what they have done at `untilMs`. */
function steadyRun(taskMs: number, untilMs: number): RateMeter {
  const meter = new RateMeter();
  meter.add(0, 0);
  let done = 0;
  for (let atMs = taskMs / 2; atMs <= untilMs; atMs += taskMs / 2) if (atMs >= taskMs) meter.add(atMs, ++done);
  return meter;
}

describe("RateMeter", () => {
  it("knows nothing before something is done", () => {
    const meter = new RateMeter();
    assert.equal(meter.perSecond, null);
    meter.add(0, 0);
    assert.equal(meter.perSecond, null);
    assert.equal(meter.secondsFor(10, 1000), null);
  });

  it("tells the time left within a quarter after a fifth of a steady run", () => {
    for (const [taskMs, tasks] of [
      [100, 40],
      [1000, 60],
      [30_000, 80],
      [20_000, 5000],
    ] as const) {
      const totalMs = (tasks * taskMs) / 2;
      const atMs = totalMs / 5;
      const left = steadyRun(taskMs, atMs).secondsFor(tasks - Math.floor((atMs / taskMs) * 2), atMs)!;
      const expected = (totalMs - atMs) / 1000;
      assert.ok(
        Math.abs(left - expected) < expected / 4,
        `${tasks} tasks of ${taskMs} ms: ${left} s instead of ${expected}`,
      );
    }
  });

  it("follows a change of the rate", () => {
    const meter = new RateMeter();
    for (let second = 0; second <= 1000; second++) meter.add(second * 1000, second);
    for (let second = 1; second <= 1000; second++) meter.add((1000 + second) * 1000, 1000 + 3 * second);
    assert.ok(Math.abs(meter.perSecond! - 3) < 0.1, String(meter.perSecond));
  });

  it("counts the time since the last sample", () => {
    const meter = new RateMeter();
    meter.add(0, 0);
    meter.add(1000, 2);
    assert.equal(meter.secondsFor(10, 1000), 5);
    assert.equal(meter.secondsFor(10, 3000), 3);
    assert.equal(meter.secondsFor(10, 60_000), 0);
  });
});
