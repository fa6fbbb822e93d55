import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimWinner, claimKey, claimNumber, type ClaimEntry } from "#src/provenance/model/claim.js";
import { eventKey, eventText, parseEvent, type ProvenanceEvent } from "#src/provenance/model/event.js";
import { heads, inCausalOrder, type LoggedEvent } from "#src/provenance/model/order.js";

const idOf = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

function event(n: number, more: Partial<ProvenanceEvent> = {}): ProvenanceEvent {
  const second = String(n).padStart(2, "0");
  return {
    v: 1,
    id: idOf(n),
    time: `2025-03-01T09:30:${second}.062Z`,
    kind: "start",
    status: "running",
    run: idOf(n),
    jobId: `job-${n}`,
    destination: "memory://volume",
    who: {},
    agent: { name: "cirrus", version: "0.1.0" },
    sees: [],
    ...more,
  };
}

const logged = (one: ProvenanceEvent): LoggedEvent => ({ key: eventKey(one), digest: `sha256:${one.id}`, event: one });

describe("events", () => {
  it("are named by time and id", () => {
    assert.equal(
      eventKey(event(1)),
      "provenance.d/events/20250301T093001062Z-00000000-0000-4000-8000-000000000001.json",
    );
  });

  it("survive writing and reading, number tokens of parameters included", () => {
    const given = '{"ids":[648518346349515986,1.0]}';
    const text = eventText(event(1)).replace(
      /\}$/,
      `,"parameters":${given},"process":{"description":"d","parameters":${given}},"odd":1}`,
    );
    const written = eventText(parseEvent(text));
    assert.equal(written.match(/648518346349515986,\s+1\.0/g)?.length, 2);
    assert.equal(eventText(parseEvent(written)), written);
  });

  it("are refused with every reason", () => {
    assert.throws(() => parseEvent("{"), SyntaxError);
    assert.throws(() => parseEvent("[]"), /event: /);
    const broken = eventText(event(1))
      .replace('"running"', '"walking"')
      .replace(/"time": "[^"]*"/, '"time": "noon"');
    assert.throws(() => parseEvent(broken), /time: .*; status: /);
  });

  it("come after what their writer saw, whatever the clocks say", () => {
    const early = logged(event(5));
    const late = logged(event(1, { sees: [early.digest] }));
    const apart = logged(event(3));
    assert.deepEqual(inCausalOrder([late, apart, early]), [early, late, apart]);
    assert.deepEqual(heads([late, apart, early]).sort(), [late.digest, apart.digest]);
  });
});

describe("claims", () => {
  const box = (x: number): ProvenanceEvent["claim"] => ({
    extent: { min: [x, 0, 0], max: [x + 64, 64, 64] },
    mips: [0, 1],
    jobId: "j",
  });
  const entries: ClaimEntry[] = [1, 2].map((number) => ({ number, event: idOf(number) }));
  const first = event(1, { claim: box(0) });
  const own = event(2, { claim: box(32) });
  const end = (status: ProvenanceEvent["status"]): ProvenanceEvent => event(3, { kind: "end", status, run: first.run });
  const winner = (events: ProvenanceEvent[], log = entries, mine = own): string | undefined =>
    claimWinner(mine, events.map(logged), log)?.jobId;

  it("are numbered in one log", () => {
    assert.equal(claimKey(12), "provenance.d/claims/00000012.json");
    assert.equal(claimNumber(claimKey(12)), 12);
    assert.equal(claimNumber("provenance.d/claims/x.json"), undefined);
  });

  it("give way to an earlier one that overlaps and is not over", () => {
    assert.equal(winner([first, own]), "job-1");
  });

  it("hold against a later one, also when that bears the earlier time", () => {
    const swapped: ClaimEntry[] = [
      { number: 2, event: first.id },
      { number: 1, event: own.id },
    ];
    assert.equal(winner([first, own], swapped), undefined);
  });

  it("do not meet where they share no voxel or no mip", () => {
    assert.equal(winner([event(1, { claim: box(96) }), own]), undefined);
    assert.equal(winner([event(1, { claim: { ...box(0)!, mips: [2] } }), own]), undefined);
  });

  for (const status of ["completed", "failed", "cancelled", "withdrawn"] as const)
    it(`hold against a run that is ${status}`, () => assert.equal(winner([first, own, end(status)]), undefined));

  it("give way to a run that went on before they were made, by its newer entry", () => {
    const again = event(4, { kind: "resume", run: first.run, jobId: "job-1", claim: box(0) });
    const log: ClaimEntry[] = [
      { number: 1, event: first.id },
      { number: 2, event: again.id },
      { number: 3, event: own.id },
    ];
    assert.equal(winner([first, own, end("failed"), again], log), "job-1");
    const after: ClaimEntry[] = [
      { number: 1, event: first.id },
      { number: 2, event: own.id },
      { number: 3, event: again.id },
    ];
    assert.equal(winner([first, own, end("failed"), again], after), undefined);
    assert.equal(winner([first, own, end("failed"), again], after, again), "job-2");
  });

  it("pass over what they supersede, and over their own job", () => {
    assert.equal(winner([first, own], entries, { ...own, supersedes: [first.run] }), undefined);
    assert.equal(winner([{ ...first, jobId: "job-2" }, own]), undefined);
  });
});
