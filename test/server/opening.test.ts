// How a volume opens in the viewer: what is in the link.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { appendEvent } from "#src/provenance/log.js";
import { newEventStamp } from "#src/provenance/events.js";
import { listen } from "#src/server/listen.js";
import { openServed } from "#src/server/served-volume.js";
import { publicLink, viewerState, type ViewerState } from "#src/server/viewer-state.js";
import { normaliseUrl } from "#src/storage/url.js";
import { infoWith, scaleWith, temporaryFolder, writeVolume } from "../volume/fixture.js";
import { serving } from "./serving.js";

const stateIn = (link: string): ViewerState => JSON.parse(decodeURIComponent(link.split("#!")[1]!)) as ViewerState;

const source = "http://127.0.0.1:8000/volumes/v";
const invlerp = /^#uicontrol invlerp normalized\n/;

describe("a link to the viewer", () => {
  it("opens in the middle, in metres per voxel, at a scale that shows all of it", () => {
    const info = infoWith({ scales: [scaleWith({ size: [1024, 600, 64], voxelOffset: [-10, 5, 100] })] });
    const state = viewerState({ name: "v", source, info, contrast: { low: 20, high: 220 } });
    assert.deepEqual(state.position, [502.5, 305.5, 132.5]);
    assert.deepEqual(state.dimensions, { x: [4e-9, "m"], y: [4e-9, "m"], z: [4e-8, "m"] });
    // 1024 x 600 x 640 finest voxels in panels of 420 x 300 pixels.
    assert.equal(state.crossSectionScale, 2.438);
    assert.equal(state.title, "v");
    const [layer] = state.layers;
    assert.deepEqual([layer.type, layer.name, layer.source], ["image", "v", `precomputed://${source}`]);
    assert.match(layer.shader ?? "", invlerp);
    assert.deepEqual(layer.shaderControls, { normalized: { range: [20, 220] } });
  });

  it("keeps a range that is one value apart, and exact above 2^53", () => {
    const rangeOf = (low: number, high: number) =>
      viewerState({ name: "v", source, info: infoWith(), contrast: { low, high } }).layers[0].shaderControls?.normalized
        .range;
    assert.deepEqual(rangeOf(7, 7), [7, 8]);
    assert.deepEqual(rangeOf(0, 2 ** 63), [0, "9223372036854775808"]);
  });

  it("gives labels a segmentation layer and colours their own shader, without a contrast", () => {
    const labels = infoWith({ type: "segmentation", dataType: "uint64" });
    const [layer] = viewerState({ name: "v", source, info: labels, contrast: null }).layers;
    assert.deepEqual(layer, { type: "segmentation", name: "v", source: `precomputed://${source}` });
    const colours = viewerState({ name: "v", source, info: infoWith({ channels: 3 }), contrast: null });
    assert.match(colours.layers[0].shader ?? "", /emitRGB/);
  });

  it("has a public form for volumes in buckets and on the web, none for folders", () => {
    const view = { name: "v", info: infoWith(), contrast: null };
    const link = publicLink(view, "gs://bucket/deep/v") ?? "";
    assert.match(link, /^https:\/\/neuroglancer-demo\.appspot\.com\/#!/);
    assert.equal(stateIn(link).layers[0].source, "precomputed://gs://bucket/deep/v");
    assert.ok(publicLink(view, "https://example.org/v"));
    assert.equal(publicLink(view, "file:///data/v"), undefined);
    assert.equal(publicLink(view, "http://127.0.0.1:8000/volumes/v"), undefined);
  });
});

describe("the contrast that a volume opens with", () => {
  it("is what its newest ingest sampled", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith() });
    const start = newEventStamp();
    const about = {
      run: start.id,
      jobId: "job",
      destination: normaliseUrl(path),
      who: {},
      agent: { name: "cirrus", version: "0" },
      sees: [],
    };
    await appendEvent(path, { ...start, ...about, kind: "start", status: "running" });
    const outputs = { contrast: { low: 33, high: 99 } };
    await appendEvent(path, { ...newEventStamp(), ...about, kind: "end", status: "completed", outputs });
    const { get } = await serving(t, [path]);
    const { headers } = await get("/open/volume");
    assert.deepEqual(stateIn(headers.location!).layers[0].shaderControls, { normalized: { range: [33, 99] } });
  });

  it("is sampled now for volumes of others", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith({ dataType: "uint16" }) });
    const { get } = await serving(t, [path]);
    const { headers } = await get("/open/volume");
    const [low, high] = stateIn(headers.location!).layers[0].shaderControls!.normalized.range.map(Number);
    // The voxels are 250 x (0 to 239).
    assert.ok(low! > 0 && low! < 10_000 && high! > 50_000 && high! < 60_000, `${low} to ${high}`);
  });
});

describe("the port", () => {
  it("is 8000, or the next free one", async (t) => {
    const taken = createServer();
    const isOurs = await new Promise<boolean>((resolve) => {
      taken.once("error", () => resolve(false)); // somebody else has it: as good
      taken.listen(8000, "127.0.0.1", () => resolve(true));
    });
    if (isOurs) t.after(() => taken.close());
    const volumes = await openServed([]);
    const server = await listen({ volumes, version: "0", cors: undefined, onError: () => {} });
    t.after(() => server.close());
    assert.ok(server.port > 8000 && server.port < 8100, `${server.port}`);
    assert.equal((await fetch(`${server.url}/api/volumes`)).status, 200);
  });
});
