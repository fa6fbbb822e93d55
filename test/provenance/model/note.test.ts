import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { appendNote, escapeNoteText, formatNote, hasNote, noteTime, parseNotes } from "#src/provenance/model/note.js";

const time = "2025-03-01 09:30:00.062+00:00";

describe("notes", () => {
  it("writes a time that Python before 3.11 reads", () => {
    assert.equal(noteTime("2025-03-01T09:30:00.062Z"), time);
  });

  it("escapes what would break the readers of the toolbox", () => {
    assert.equal(
      formatNote({ time, type: "MOTIVATION", text: "a; b \n c \n \n d %3B 100%" }),
      `${time};MOTIVATION;a%3B b\nc\n\nd %253B 100%`,
    );
  });

  it("gives the text back on reading", () => {
    const text = "a; b %3B %253B\nc";
    assert.deepEqual(parseNotes(formatNote({ time, type: "RESULT", text })), [{ time, type: "RESULT", text }]);
  });

  it("never writes a separator inside a note, and reads back all but the spaces around line breaks", () => {
    const letters = fc.constantFrom(";", " ", "\n", "%", "2", "5", "3", "B", "a");
    fc.assert(
      fc.property(fc.array(fc.string({ unit: letters, minLength: 1 }), { minLength: 1, maxLength: 4 }), (texts) => {
        const notes = texts.map((text) => ({ time, type: "GENERIC", text }) as const);
        const description = notes.reduce((all, note) => appendNote(all, note), "");
        assert.equal(description.split(" \n ").length, texts.length);
        assert.ok(description.split(" \n ").every((piece) => piece.split(";").length === 3));
        assert.deepEqual(
          parseNotes(description).map(({ text }) => text),
          texts.map((text) => text.replace(/ *\n */g, "\n")),
        );
      }),
    );
  });

  it("reads free text, other people's semicolons and empty pieces without complaint", () => {
    assert.deepEqual(parseNotes(`imaged in 2019; by us \n  \n ${time};RESULT;a;b \n ;MOTIVATION;c \n ;OTHER;d`), [
      { time: null, type: "GENERIC", text: "imaged in 2019; by us" },
      { time, type: "RESULT", text: "a;b" },
      { time: null, type: "MOTIVATION", text: "c" },
      { time: null, type: "GENERIC", text: ";OTHER;d" },
    ]);
  });

  it("finds a note by type and text in either spelling", () => {
    const notes = parseNotes(`${time};RESULT;a%3Bb`);
    assert.equal(hasNote(notes, { type: "RESULT", text: "a;b" }), true);
    assert.equal(hasNote(notes, { type: "MOTIVATION", text: "a;b" }), false);
    assert.equal(escapeNoteText("plain"), "plain");
  });
});
