import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { answersYes, confirm } from "#src/cli/confirm.js";
import { isCirrusError } from "#src/core/errors.js";

const act = "Cancel job 1fq2k9-x7pd.";

/** A terminal at which somebody types `typed` and Enter; `undefined` presses Ctrl-D. */
function terminal(typed: string | undefined, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY });
  let asked = "";
  if (typed === undefined) input.end();
  else input.write(`${typed}\n`);
  // confirm reads lines and isTTY of its stdin, nothing else of a ReadStream.
  return {
    io: { stdin: input as unknown as NodeJS.ReadStream, stderr: { write: (text: string) => (asked += text) } },
    asked: () => asked,
  };
}

const isRefusal = (error: unknown): boolean => isCirrusError(error, "E_CONFIRMATION_NEEDED") && error.exitCode === 2;

describe("confirm", () => {
  it("asks nothing with --yes", async () => {
    const { io, asked } = terminal(undefined, false);
    await confirm({ act, yes: true }, io);
    assert.equal(asked(), "");
  });

  it("fails without asking when stdin is no terminal", async () => {
    const { io, asked } = terminal("yes", false);
    await assert.rejects(confirm({ act, yes: false }, io), isRefusal);
    assert.equal(asked(), "");
  });

  it("goes on when the word was typed", async () => {
    const { io, asked } = terminal(" yes ");
    await confirm({ act, yes: false }, io);
    assert.equal(asked(), 'Cancel job 1fq2k9-x7pd.\nType "yes" to go on: ');
    await confirm({ act, yes: false, typed: "1fq2k9-x7pd" }, terminal("1fq2k9-x7pd").io);
  });

  it("refuses any other answer, and the end of input", async () => {
    await assert.rejects(confirm({ act, yes: false }, terminal("no").io), isRefusal);
    await assert.rejects(confirm({ act, yes: false, typed: "1fq2k9-x7pd" }, terminal("yes").io), isRefusal);
    await assert.rejects(confirm({ act, yes: false }, terminal(undefined).io), isRefusal);
  });
});

describe("the Boss ingest client's questions", () => {
  const question = "Would you like to create a NEW ingest job?";

  it("take y and n in any case, and ask again after anything else", async () => {
    assert.equal(await answersYes(question, terminal("y").io), true);
    assert.equal(await answersYes(question, terminal(" N ").io), false);
    const { io, asked } = terminal("maybe\nY");
    assert.equal(await answersYes(question, io), true);
    assert.equal(asked(), `${question} (y/n): Enter 'y' or 'n' for 'yes' or 'no'\n${question} (y/n): `);
  });

  it("are a no at the end of input, and not asked where nobody can answer", async () => {
    assert.equal(await answersYes(question, terminal(undefined).io), false);
    const { io, asked } = terminal(undefined, false);
    assert.equal(await answersYes(question, io), true);
    assert.equal(asked(), "");
  });
});
