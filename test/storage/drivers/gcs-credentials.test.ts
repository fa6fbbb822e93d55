import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { openDestination } from "../../fixtures/destination.js";

describe("a bucket with a key file", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "cirrus-keys-"));
  });
  after(() => rm(folder, { recursive: true }));

  const files = { "not there": undefined, "not JSON": "hello", "not whole": '{"type":"service_account"}' };
  for (const [name, content] of Object.entries(files)) {
    it(`that is ${name} is refused at once, with what to do`, async () => {
      const keyFile = join(folder, `${name}.json`);
      if (content !== undefined) await writeFile(keyFile, content);
      const store = await openDestination("gs://some-bucket/volume", { keyFile });
      await assert.rejects(store.put("key", Buffer.from("x")), (error: unknown) => {
        assert.ok(isCirrusError(error, "E_STORE_DENIED"), String(error));
        assert.match(error.message, /the credentials for Google Cloud do not work/);
        assert.match(error.hint, /gcloud auth application-default login/);
        return true;
      });
      await store.close();
    });
  }
});
