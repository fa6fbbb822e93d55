import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { admit, resume } from "#src/provenance/admit.js";
import { complete, listEvents } from "#src/provenance/log.js";
import { dockerEnv } from "#src/provenance/model/code-env.js";
import { foldedEntries } from "#src/provenance/folded-entries.js";
import { graphProblems } from "#src/provenance/model/graph.js";
import { openStore } from "#src/storage/open.js";
import { json, keys, newFolder, request } from "./fixture.js";

/** A volume with two runs: events in the order start, end, start, end. */
async function twoRuns() {
  const folder = newFolder();
  for (const jobId of ["one", "two"]) {
    const { recordKey } = await admit(request(folder, { jobId }));
    await complete({ destination: folder, recordKey, status: "completed", message: `${jobId} done` });
  }
  const { events } = await listEvents(folder);
  return { folder, names: events.map(({ key }) => key) };
}

async function problemsOf(folder: string): Promise<readonly (readonly [string, string])[]> {
  const { events, unreadable } = await listEvents(folder);
  const folded = await foldedEntries(await openStore(folder));
  return graphProblems({ events, unreadable, folded }).map(({ key, what }) => [key, what]);
}

describe("the graph of events", () => {
  it("is whole as cirrus writes it", async () => {
    const { folder } = await twoRuns();
    assert.deepEqual(await problemsOf(folder), []);
  });

  it("tells which event was removed", async () => {
    const { folder, names } = await twoRuns();
    rmSync(join(folder, names[1]));
    assert.deepEqual(await problemsOf(folder), [[names[1], "removed"]]);
  });

  it("tells which event was altered, also one that is no JSON any more", async () => {
    for (const alter of [(text: string) => text.replace("one done", "ten done"), () => "{"]) {
      const { folder, names } = await twoRuns();
      const file = join(folder, names[1]);
      writeFileSync(file, alter(readFileSync(file, "utf8")));
      assert.deepEqual(await problemsOf(folder), [[names[1], "altered"]]);
    }
  });

  it("misses a start event that nobody saw, by the provenance file", async () => {
    for (const isRemoved of [true, false]) {
      const folder = newFolder();
      const { recordKey } = await admit(request(folder));
      const file = join(folder, recordKey);
      if (isRemoved) rmSync(file);
      else writeFileSync(file, readFileSync(file, "utf8").replace("over block 3", "over block 4"));
      const [[key, what]] = await problemsOf(folder);
      assert.equal(what, isRemoved ? "removed" : "altered");
      assert.ok(recordKey.includes(key.replace("urn:uuid:", "")));
    }
  });
});

describe("a process that joins a run", () => {
  const node = {
    who: { email: "b@c.d", host: "node2" },
    argv: ["cirrus", "join", "--token", "hush"],
    codeEnvs: [dockerEnv({ imageName: "lab/x", tag: "2", imageId: "sha256:02", repoDigests: [] })],
    notCaptured: ["git: not here"],
  };

  it("records who it is, its command and its environment, and ends nothing", async () => {
    const folder = newFolder();
    const { recordKey, event } = await admit(request(folder));
    await resume({ destination: folder, recordKey, node });
    const [key] = keys(folder).filter((name) => name.includes("events/") && name !== recordKey);
    const { kind, run, who, argv, codeEnvs, notCaptured, status } = json(folder, key);
    assert.deepEqual([kind, run, status, who], ["join", event.id, "running", node.who]);
    assert.deepEqual([argv, notCaptured], [["cirrus", "join", "--token", "***"], node.notCaptured]);
    assert.deepEqual(
      (codeEnvs as { file: string }[]).map(({ file }) => json(folder, file).tag),
      ["2"],
    );
    const ended = await complete({ destination: folder, recordKey, status: "completed" });
    assert.equal(ended.event.kind, "end");
  });

  it("does so in the event that goes on with a run that had ended", async () => {
    const folder = newFolder();
    const { recordKey } = await admit(request(folder));
    await complete({ destination: folder, recordKey, status: "failed" });
    await resume({ destination: folder, recordKey, node });
    const { events } = await listEvents(folder);
    const { kind, who, codeEnvs } = events.at(-1)!.event;
    assert.deepEqual([kind, who.host, codeEnvs?.length], ["resume", "node2", 1]);
  });
});
