import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpointOf, wantsCredentials } from "#src/storage/drivers/gcs/client.js";

describe("endpointOf", () => {
  it("takes the option, then our variable, then the usual one", () => {
    const environment = { CIRRUS_GCS_ENDPOINT: "http://ours:1", STORAGE_EMULATOR_HOST: "http://usual:2" };
    assert.equal(endpointOf("http://given:3", environment), "http://given:3");
    assert.equal(endpointOf(undefined, environment), "http://ours:1");
    assert.equal(endpointOf(undefined, { STORAGE_EMULATOR_HOST: "http://usual:2" }), "http://usual:2");
    assert.equal(endpointOf(undefined, {}), undefined);
    assert.equal(endpointOf("", { STORAGE_EMULATOR_HOST: "" }), undefined);
  });

  it("translates the spellings of the usual variable", () => {
    for (const host of [
      "127.0.0.1:4443",
      "http://127.0.0.1:4443",
      "http://127.0.0.1:4443/",
      "http://127.0.0.1:4443/storage/v1/",
    ]) {
      assert.equal(endpointOf(undefined, { STORAGE_EMULATOR_HOST: host }), "http://127.0.0.1:4443");
    }
  });
});

describe("wantsCredentials", () => {
  it("holds only for other machines reached by TLS", () => {
    assert.equal(wantsCredentials("https://storage-private.p.googleapis.com"), true);
    assert.equal(wantsCredentials("https://127.0.0.1:4443"), false);
    assert.equal(wantsCredentials("https://localhost"), false);
    assert.equal(wantsCredentials("http://fake-gcs:4443"), false);
    assert.equal(wantsCredentials("http://[::1]:4443"), false);
  });
});
