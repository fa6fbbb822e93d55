import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { addResult } from "#src/provenance/notes.js";
import { admit } from "#src/provenance/admit.js";
import { complete, listEvents } from "#src/provenance/log.js";
import { checkProvenance } from "#src/verify/check-provenance.js";
import { traceLineage } from "#src/provenance/lineage/trace.js";
import { newFolder, request } from "./fixture.js";

/** The folder on a web server: files by name, no lists. */
async function served(t: TestContext, folder: string): Promise<string> {
  const server = createServer((asked, reply) => {
    readFile(join(folder, new URL(asked.url!, "http://x").pathname)).then(
      (bytes) => reply.setHeader("ETag", `"${bytes.length}"`).end(asked.method === "HEAD" ? undefined : bytes),
      () => reply.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const headsOf = (folder: string): string[] =>
  (JSON.parse(readFileSync(join(folder, "provenance.d/heads.json"), "utf8")) as { events: string[] }).events;

describe("the newest events", () => {
  it("are noted, so that all events are read from a web server, which cannot list", async (t) => {
    const folder = newFolder();
    const started = await Promise.all(
      ["1fq2k9-x7pa", "1fq2k9-x7pb", "1fq2k9-x7pc"].map((jobId) => admit(request(folder, { jobId }))),
    );
    for (const { recordKey } of started)
      await complete({ destination: folder, recordKey, status: "completed", message: "done" });
    const { events: known } = await listEvents(folder);
    assert.equal(known.length, 6);
    assert.deepEqual(headsOf(folder), [known.at(-1)!.key]);
    await addResult(folder, "12 merges");
    const local = await listEvents(folder);
    const url = await served(t, folder);
    const { events, problems } = await listEvents(url);
    assert.deepEqual([events, problems], [local.events, []]);
    assert.equal(events.length, 7);
    const { checks } = await checkProvenance(url);
    assert.deepEqual(checks.find(({ name }) => name === "events")?.state, "ok");
    const { problems: said } = await traceLineage(url, { direction: "both" });
    assert.match(said.join(), /what was made from it is not looked for/);
  });

  it("that are not noted leave such a server without events, which is said", async (t) => {
    const folder = newFolder();
    await admit(request(folder, {}));
    rmSync(join(folder, "provenance.d/heads.json"));
    await assert.rejects(listEvents(await served(t, folder)), { code: "E_STORE_UNLISTABLE" });
  });
});
