import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refuseSecretUrl, stateLabel } from "#src/state/state-url.js";

describe("the URL of a state database", () => {
  it("may carry no password on a command line, in neither place", () => {
    for (const url of [
      "postgresql://me:hunter2@host/db",
      "postgres://:hunter2@host:5432/db",
      "postgresql://me:hunter2@/db?host=/run/postgresql",
      "postgresql://me@host/db?sslmode=require&password=hunter2",
    ])
      assert.throws(
        () => refuseSecretUrl(url),
        (error: Error & { code: string }) => error.code === "E_STATE_SECRET" && !error.message.includes("hunter2"),
        url,
      );
  });

  it("may leave the password to the environment", () => {
    for (const url of ["postgresql://me@host/db", "postgresql:///db?host=/run/postgresql", "postgres://host:5433"])
      refuseSecretUrl(url);
  });

  it("is shown without user, password and parameters", () => {
    assert.equal(stateLabel("postgresql://me:hunter2@host:5433/db?sslmode=require"), "postgresql://host:5433/db");
    assert.equal(stateLabel("postgresql://me@/db?host=/run/postgresql"), "postgresql:///run/postgresql/db");
    assert.equal(stateLabel("postgresql:///db"), "postgresql:///db");
  });

  it("is refused when it is none, without repeating it", () => {
    for (const url of ["mysql://me:hunter2@host/db", "hunter2", "postgresql://me:hunter2@ho st/db"])
      assert.throws(
        () => stateLabel(url),
        (error: Error & { code: string }) => error.code === "E_USAGE" && !error.message.includes("hunter2"),
      );
  });
});
