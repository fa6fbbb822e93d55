import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { admit } from "#src/provenance/admit.js";
import { listEvents } from "#src/provenance/log.js";
import { isCirrusError } from "#src/core/errors.js";
import { claimAt, json, newFolder, request } from "./fixture.js";

const processes = 50;
const script = fileURLToPath(new URL("admit-one.js", import.meta.url));
const numbers = Array.from({ length: processes }, (_, i) => i);

describe("parallel writers", () => {
  it("50 processes document one volume and nothing is lost", async () => {
    const folder = newFolder();
    const children = numbers.map((number) => fork(script, [folder, String(number)]));
    await Promise.all(children.map((child) => once(child, "message")));
    const ends = children.map(endOf);
    for (const child of children) child.send("go");
    assert.deepEqual(
      (await Promise.all(ends)).filter((code) => code !== 0),
      [],
    );

    const { sources, processing, description } = json(folder, "provenance") as {
      sources: string[];
      processing: { parameters: { number: number } }[];
      description: string;
    };
    assert.deepEqual(
      new Set(sources),
      new Set(["gs://bucket/shared", ...numbers.map((n) => `gs://bucket/image-${n}`)]),
    );
    assert.equal(sources.length, processes + 1);
    assert.deepEqual(
      processing.map(({ parameters }) => parameters.number).sort((a, b) => a - b),
      numbers,
    );
    const notes = description.split(" \n ").map((note) => note.split(";").slice(1).join(";"));
    assert.deepEqual(notes.sort(), numbers.map((n) => `MOTIVATION;why ${n}`).sort());
    const { events, problems } = await listEvents(folder);
    assert.deepEqual(problems, []);
    assert.equal(events.length, processes);
    const digests = new Map(events.map(({ digest }, i) => [digest, i]));
    assert.ok(events.every(({ event }, i) => event.sees.every((digest) => digests.get(digest)! < i)));
  });

  it("of many jobs that claim the same chunks at once, exactly one may write", async () => {
    for (let round = 0; round < 5; round++) {
      const folder = newFolder();
      const tries = numbers.slice(0, 8).map((n) => admit(request(folder, { jobId: `job-${n}`, claim: claimAt(n) })));
      const results = await Promise.allSettled(tries);
      const lost = results.filter((result) => result.status === "rejected");
      assert.equal(results.length - lost.length, 1);
      assert.ok(lost.every(({ reason }) => isCirrusError(reason, "E_CLAIM_LOST")));
      const { events } = await listEvents(folder);
      assert.equal(events.filter(({ event }) => event.status === "withdrawn").length, 7);
    }
  });
});

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}
