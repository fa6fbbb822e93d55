import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redact, redactArguments, redactJson, redactTokens } from "#src/core/redact.js";

// Put together here, so that no scanner takes this file for a leak.
const githubToken = `ghp_${"a1B2".repeat(9)}`;
const jwt = ["eyJhbGciOiJI", "eyJzdWIiOiIx", "c2lnbmF0dXJl"].join(".");

describe("redact", () => {
  for (const [given, expected] of [
    ["postgresql://me:s3cret@db:5432/jobs", "postgresql://***@db:5432/jobs"],
    ["postgresql://me:p@ss:word@db/jobs", "postgresql://***@db/jobs"],
    [`https://${githubToken}@github.com/lab/x.git`, "https://***@github.com/lab/x.git"],
    ["git@github.com:lab/x.git", "git@github.com:lab/x.git"],
    ["https://host/a?X-Amz-Signature=abc&x=1", "https://host/a?X-Amz-Signature=***&x=1"],
    ["https://host/a?x=1&access_token=abc", "https://host/a?x=1&access_token=***"],
    [`use ${githubToken} here`, "use *** here"],
    [`Authorization: Bearer ${jwt}`, "Authorization: ***"],
    ["PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"],
    ["aws_secret_access_key = abc/def+1", "aws_secret_access_key = ***"],
    ['{"password": "with \\" and spaces", "user": "me"}', '{"password": "***", "user": "me"}'],
    ["apiKey='a b'", "apiKey='***'"],
    ["gs://bucket/volume at x 0:64", "gs://bucket/volume at x 0:64"],
    ["unexpected token } in JSON at position 3", "unexpected token } in JSON at position 3"],
  ] as const)
    it(`makes ${JSON.stringify(expected)}`, () => assert.equal(redact(given), expected));

  it("leaves a patch's lines where they are", () => {
    const patch = [
      "+-----BEGIN RSA PRIVATE KEY-----",
      "+MIIEowIBAAKCAQEA",
      "+abcd1234=",
      "+-----END RSA PRIVATE KEY-----",
      "+password: z.string(),",
    ];
    assert.equal(
      redactTokens(patch.join("\n")),
      "+-----BEGIN RSA PRIVATE KEY-----\n+***\n+***\n+-----END RSA PRIVATE KEY-----\n+password: z.string(),",
    );
  });

  it("hides the argument after a secret flag", () => {
    assert.deepEqual(
      redactArguments(["ingest", "--token", "abc", "--api-key=def", "--key-file", "k.json", "-p", "4"]),
      ["ingest", "--token", "***", "--api-key=***", "--key-file", "k.json", "-p", "4"],
    );
  });

  it("hides values under secret names at any depth of JSON, and no others", () => {
    assert.deepEqual(
      redactJson({
        a: [{ dbPassword: "x", token: "y", tokens: 5, secret: "", url: "https://u:p@h/" }],
        keyFile: "k.json",
      }),
      { a: [{ dbPassword: "***", token: "***", tokens: 5, secret: "", url: "https://***@h/" }], keyFile: "k.json" },
    );
  });
});
