/** What every engine behind the Database port does. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "#src/state/database.js";
import { migrate } from "#src/state/migrate.js";

/**
 * @param open - another connection to the same, initially empty, database each time
 */
export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(`${name} as a Database`, () => {
    let db: Database;
    before(async () => {
      db = await open();
    });
    after(() => db.close());

    it("gives JavaScript values", async () => {
      const { rows } = await db.executeSql(
        `select 7::int8 as small, 9007199254740993::int8 as large, 1.25::numeric as exact, 0.5::float8 as half, true as yes, null as nothing,
           '{"a": [1]}'::jsonb as object, array['x', 'y"']::text[] as texts, '2026-01-02T03:04:05.678Z'::timestamptz as time`,
      );
      assert.deepEqual(rows, [
        {
          small: 7,
          large: 9007199254740993n,
          exact: "1.25",
          half: 0.5,
          yes: true,
          nothing: null,
          object: { a: [1] },
          texts: ["x", 'y"'],
          time: new Date("2026-01-02T03:04:05.678Z"),
        },
      ]);
    });

    it("takes JavaScript values, undefined as null", async () => {
      const { rows } = await db.executeSql(
        "select $1::text as text, $2::int[] as ints, $3::timestamptz as time, $4::jsonb->>'a' as a, $5::text as nothing, $6::boolean as yes",
        ["grün", [1, 2], new Date(0), { a: "b" }, undefined, true],
      );
      assert.deepEqual(rows, [{ text: "grün", ints: [1, 2], time: new Date(0), a: "b", nothing: null, yes: true }]);
    });

    it("runs several statements without values as one text, and gives their rows one after another", async () => {
      const { rows } = await db.executeSql("begin; select 1 as one; select 2 as two; commit");
      assert.deepEqual(rows, [{ one: 1 }, { two: 2 }]);
    });

    it("reports an error by its SQLSTATE", async () => {
      await assert.rejects(db.executeSql("select 1 / 0"), { code: "22012", message: "division by zero" });
      await assert.rejects(db.executeSql("select * from nowhere"), { code: "42P01" });
    });

    it("leaves nothing behind of a text that failed in the middle", async () => {
      await db.executeSql("create table halfway (n int)");
      await assert.rejects(db.executeSql("begin; insert into halfway values (1); select 1 / 0; commit"));
      assert.deepEqual((await db.executeSql("select * from halfway")).rows, []);
    });

    it("does a batch as a whole or not at all", async () => {
      await db.executeSql("create table whole (n int primary key)");
      const rows = await db.batch([
        ["insert into whole values ($1)", [1]],
        ["insert into whole values (2)"],
        ["select n from whole order by n"],
      ]);
      assert.deepEqual(rows, [[], [], [{ n: 1 }, { n: 2 }]]);
      await assert.rejects(db.batch([["insert into whole values (3)"], ["insert into whole values (1)"]]), {
        code: "23505",
      });
      assert.deepEqual((await db.executeSql("select count(*) from whole")).rows, [{ count: 2 }]);
    });

    it("keeps the answers of concurrent callers apart", async () => {
      const other = await open();
      const asked = Array.from({ length: 200 }, (_, i) => (i % 7 === 3 ? "select 1 / 0" : `select ${i} as i`));
      const answers = await Promise.allSettled(asked.map((text, i) => (i % 2 ? db : other).executeSql(text)));
      await other.close();
      const expected = asked.map((_, i) => (i % 7 === 3 ? "22012" : i));
      assert.deepEqual(
        answers.map((answer) => (answer.status === "fulfilled" ? answer.value.rows[0]!["i"] : answer.reason.code)),
        expected,
      );
    });

    it("carries a megabyte", async () => {
      const text = "é".repeat(2 ** 19);
      const { rows } = await db.executeSql<{ text: string }>("select $1::text as text", [text]);
      assert.equal(rows[0]!.text, text);
    });

    it("has a label", () => {
      assert.match(db.label, /\S/);
    });

    it("is closed twice without complaint, and answers no more", async () => {
      const other = await open();
      await other.close();
      await other.close();
      await assert.rejects(other.executeSql("select 1"));
    });

    it("applies each migration once, however many processes begin at once", async () => {
      const schema = {
        name: "contract",
        migrations: [
          ["create table cirrus.steps (n int)"],
          ["insert into cirrus.steps values (1)", "insert into cirrus.steps values (2)"],
        ],
      };
      const others = await Promise.all([open(), open(), open()]);
      await Promise.all([db, ...others].map((each) => migrate(each, schema)));
      await migrate(db, schema);
      assert.deepEqual((await db.executeSql("select n from cirrus.steps order by n")).rows, [{ n: 1 }, { n: 2 }]);
      await Promise.all(others.map((other) => other.close()));
    });

    it("undoes a migration that fails, so that it can be tried again", async () => {
      const broken = { name: "broken", migrations: [["create table cirrus.broken (n int)", "select 1 / 0"]] };
      await assert.rejects(migrate(db, broken), { code: "22012" });
      await migrate(db, { name: "broken", migrations: [["create table cirrus.broken (n int)"]] });
    });

    it("refuses what a newer version has made, by name", async () => {
      await migrate(db, { name: "newer", migrations: [["select 1"], ["select 2"]] });
      await assert.rejects(migrate(db, { name: "newer", migrations: [["select 1"]] }), {
        code: "E_STATE_VERSION",
        message: /was made by cirrus \d+\.\d+\.\d+ \(newer 2, this version knows 1\)/,
      });
    });
  });
}
