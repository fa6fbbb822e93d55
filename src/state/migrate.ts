/** Brings a schema of ours to the version that this code knows: numbered SQL texts, each applied once, in one transaction with its mark. */
import { readFileSync } from "node:fs";
import { CirrusError, codeOf } from "../core/errors.js";
import type { Database, Statement } from "./database.js";

/** Statements of one step. Never altered once released: a change is another step. */
export type Migration = readonly string[];

/** The steps of one part of the code; `migrations[0]` leads to version 1. */
export interface OwnedSchema {
  readonly name: string;
  readonly migrations: readonly Migration[];
}

const migrationTable: readonly Statement[] = [
  // One lock for all: CREATE ... IF NOT EXISTS of two processes at once fails in one of them.
  ["select pg_advisory_xact_lock(hashtext('cirrus.migration'))"],
  ["create schema if not exists cirrus"],
  [
    `create table if not exists cirrus.migration (
      name text not null, version int not null, made_by text not null, at timestamptz not null default now(), primary key (name, version))`,
  ],
];

/**
 * Safe to call from many processes at once.
 *
 * @throws CirrusError `E_STATE_VERSION` when a newer cirrus has been here
 */
export async function migrate(db: Database, schema: OwnedSchema): Promise<void> {
  for (;;) {
    const version = await versionOf(db, schema);
    const migration = schema.migrations[version];
    if (!migration) return;
    const mark: Statement = [
      "insert into cirrus.migration (name, version, made_by) values ($1, $2, $3)",
      [schema.name, version + 1, cirrusVersion()],
    ];
    try {
      await db.batch([...migrationTable, mark, ...migration.map((text): Statement => [text])]);
    } catch (error) {
      if (codeOf(error) !== "23505") throw error; // unique violation: another process has applied it, or we have and were not told
    }
  }
}

/**
 * Version in the database, 0 when there is none.
 *
 * @throws CirrusError `E_STATE_VERSION` when it is one that this code does not know
 */
export async function versionOf(db: Database, schema: OwnedSchema): Promise<number> {
  const newest = await newestMark(db, schema.name);
  const known = schema.migrations.length;
  if (!newest) return 0;
  if (newest.version <= known) return newest.version;
  throw new CirrusError(
    "E_STATE_VERSION",
    `the state in ${db.label} was made by cirrus ${newest.made_by} (${schema.name} ${newest.version}, this version knows ${known})`,
    {
      context: { found: newest.version, known, madeBy: newest.made_by },
    },
  );
}

interface Mark {
  readonly version: number;
  readonly made_by: string;
}

async function newestMark(db: Database, name: string): Promise<Mark | undefined> {
  try {
    const text = "select version, made_by from cirrus.migration where name = $1 order by version desc limit 1";
    return (await db.executeSql<Mark>(text, [name])).rows[0];
  } catch (error) {
    if (["42P01", "3F000"].includes(codeOf(error) ?? "")) return undefined; // no such table, no such schema
    throw error;
  }
}

function cirrusVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
