/** What fifty writers that document one volume at once leave behind, on any store: section 10, test 6 of the provenance reference. */
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { readProvenanceFile } from "#src/provenance/fold-into-store.js";
import { listEvents } from "#src/provenance/log.js";
import { openStore } from "#src/storage/open.js";
import type { StoreOptions } from "#src/storage/store.js";
import { checkProvenance } from "#src/verify/check-provenance.js";

const writers = 50;
const script = fileURLToPath(new URL("admit-one.js", import.meta.url));
const numbers = Array.from({ length: writers }, (_, i) => i);

export interface SharedVolume {
  readonly url: string;
  readonly options?: StoreOptions;
  /** Of the processes, beside this one's. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * @param volume - a place where nothing is yet
 * @param processes - that the writers are spread over; fewer where a process costs seconds to start
 * @throws AssertionError when a record, a source or a note of one of them is lost
 */
export async function writeInParallel({ url, options = {}, env = {} }: SharedVolume, processes: number): Promise<void> {
  const children = Array.from({ length: processes }, (_, i) => {
    const own = numbers.filter((number) => number % processes === i);
    return fork(script, [url, own.join(","), JSON.stringify(options)], { env: { ...process.env, ...env } });
  });
  await Promise.all(children.map((child) => once(child, "message")));
  const ends = children.map(endOf);
  for (const child of children) child.send("go");
  assert.deepEqual(
    (await Promise.all(ends)).filter((code) => code !== 0),
    [],
  );

  const store = await openStore(url, options);
  const { file, problems } = await readProvenanceFile(store);
  assert.deepEqual(problems, []);
  assert.deepEqual(new Set(file.sources), new Set(["doi:10.1/shared", ...numbers.map((n) => `doi:10.1/image-${n}`)]));
  assert.equal(file.sources.length, writers + 1);
  const recorded = file.processing.map(({ parameters }) => Number((parameters as { number: unknown }).number));
  assert.deepEqual(
    recorded.sort((a, b) => a - b),
    numbers,
  );
  const notes = file.description.split(" \n ").map((note) => note.split(";").slice(1).join(";"));
  assert.deepEqual(notes.sort(), numbers.map((n) => `MOTIVATION;why ${n}`).sort());
  const log = await listEvents(url, options);
  assert.equal(log.events.length, writers);
  const { checks } = await checkProvenance(url, { store: options });
  const states = checks.filter(({ name }) => name === "file" || name === "events").map(({ state }) => state);
  assert.deepEqual(states, ["ok", "ok"]);
  await store.close();
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}
