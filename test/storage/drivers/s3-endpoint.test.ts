import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpointOf } from "#src/storage/drivers/s3/client.js";

describe("endpointOf, for S3", () => {
  it("takes the option, then our variable, then Amazon's for S3, then that for everything", () => {
    const environment = {
      CIRRUS_S3_ENDPOINT: "http://ours:1",
      AWS_ENDPOINT_URL_S3: "http://s3:2",
      AWS_ENDPOINT_URL: "http://all:3",
    };
    assert.equal(endpointOf("http://given:4", environment), "http://given:4");
    assert.equal(endpointOf(undefined, environment), "http://ours:1");
    assert.equal(endpointOf(undefined, { ...environment, CIRRUS_S3_ENDPOINT: "" }), "http://s3:2");
    assert.equal(endpointOf(undefined, { AWS_ENDPOINT_URL: "http://all:3" }), "http://all:3");
    assert.equal(endpointOf(undefined, {}), undefined);
  });

  it("passes over Amazon's variables where it is told to", () => {
    const told = { AWS_ENDPOINT_URL: "http://all:3", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    assert.equal(endpointOf(undefined, told), undefined);
    assert.equal(endpointOf(undefined, { ...told, CIRRUS_S3_ENDPOINT: "http://ours:1" }), "http://ours:1");
  });
});
