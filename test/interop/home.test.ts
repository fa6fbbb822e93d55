// The home page in a real browser, and the way from it: the quickstart's volume, README's picture, lines to paste, a hole.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import sharp, { type Region } from "sharp";
import { cirrusScript } from "../cli/run-cli.js";
import { openTab, picture, startBrowser, untilDrawn, type Tab } from "../fixtures/browser.js";
import { python } from "../fixtures/python-readers.js";
import { startedServer } from "../fixtures/started-server.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";
import { textContrasts } from "../fixtures/text-contrasts.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** `CIRRUS_WRITE_PICTURES=1 node scripts/interop.mjs home` writes it anew. */
const readmePicture = join(root, "docs/images/viewer.png");
const run = promisify(execFile);

let ws: Workspace;
let browser: Browser;
let url: string;
before(async () => {
  ws = await workspace();
  browser = await startBrowser();
  await run(process.execPath, [join(root, "scripts/make-sample.mjs"), ws.at("stack")]);
  await copyFile(join(root, "scripts/quickstart-job.json"), ws.at("job.json"));
  const { stdout } = await ws.expect(0, ["ingest", "job.json", "-p", "2", "--no-fsync"]);
  assert.equal(stdout.trim().split("\n").at(-1), `cirrus view ${ws.at("volume")}`);
  ({ url } = await startedServer(ws, ["serve", "volume"]));
});
after(async () => {
  await browser.close();
  await ws.dispose();
});

async function opened(t: TestContext, path = "/", options: Parameters<typeof openTab>[1] = {}): Promise<Tab> {
  const tab = await openTab(browser, options);
  t.after(() => tab.page.context().close());
  await tab.page.goto(url + path);
  return tab;
}

const pixels = (png: Buffer, region: Region): Promise<Buffer> =>
  sharp(png).extract(region).removeAlpha().raw().toBuffer();

/** Presses Tab until the element has the focus; resolves to whether it shows that it has. */
async function tabTo(page: Page, name: string): Promise<boolean> {
  const link = page.getByRole("link", { name });
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press("Tab");
    if (await link.evaluate((element) => element.matches(":focus")))
      return link.evaluate((element) => getComputedStyle(element).outlineStyle !== "none");
  }
  throw new Error(`${name} cannot be reached by keyboard`);
}

describe("the home page", () => {
  it("leads to the picture that README shows, by keyboard alone", async (t) => {
    const tab = await opened(t, "/", { viewport: { width: 900, height: 720 } });
    assert.ok(await tabTo(tab.page, "View volume"), "the focus cannot be seen");
    await tab.page.keyboard.press("Enter");
    await tab.page.waitForURL(/\/view\/#!/);
    await untilDrawn(tab);
    const png = await picture(tab);
    assert.deepEqual(tab.outside, []);
    assert.deepEqual(tab.complaints, []);
    if (process.env["CIRRUS_WRITE_PICTURES"])
      await sharp(png).removeAlpha().png({ compressionLevel: 9 }).toFile(readmePicture);
    const known = await readFile(readmePicture);
    // The four panels. Beside them are letters, which are not the same on every machine.
    for (const panel of [
      { left: 74, top: 63, width: 302, height: 275 },
      { left: 524, top: 118, width: 302, height: 190 },
      { left: 99, top: 426, width: 251, height: 251 },
      { left: 582, top: 400, width: 189, height: 302 },
    ])
      assert.ok(
        (await pixels(png, panel)).equals(await pixels(known, panel)),
        `README shows another picture: ${JSON.stringify(panel)}`,
      );
  });

  it("tells what the volume is and where it came from, to screen readers too", async (t) => {
    const { page, outside, complaints } = await opened(t);
    const text = await page.getByRole("article", { name: "volume" }).innerText();
    for (const fact of [
      "1024 × 1024 × 64 voxels",
      "4 × 4 × 40 nm",
      "4.096 µm × 4.096 µm × 2.56 µm",
      "image, uint8",
      "raw",
      "5 scales",
      "made by scripts/make-sample.mjs of cirrus",
      "See what cirrus does with a small stack of sections.",
      "Quickstart: CATMAID tiles to a precomputed volume",
      "cirrus 0.1.0",
      "completed",
    ])
      assert.ok(text.includes(fact), `${fact} is not in\n${text}`);
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
    assert.equal(await page.getByRole("banner").count(), 1);
    assert.equal(await page.getByRole("main").count(), 1);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await page.getByText("5 scales").click();
    assert.equal(await page.getByRole("columnheader").count(), 6);
    assert.equal(await page.getByRole("row").count(), 6);
    const preview = page.getByRole("img", { name: "three sections through the middle of volume" });
    await preview.scrollIntoViewIfNeeded();
    const sizes = await preview.evaluate(async (image: HTMLImageElement) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight, image.getAttribute("width"), image.getAttribute("height")];
    });
    // 320 + 4 + 200: 2560 nm at 12.8 nm a pixel.
    assert.deepEqual(sizes, [524, 524, "524", "524"]);
    await page.getByText("Open it elsewhere").click();
    // Everything that can be used has a name.
    for (const role of ["link", "button", "region"] as const)
      for (const element of await page.getByRole(role).all())
        assert.match((await element.getAttribute("aria-label")) ?? (await element.innerText()), /\w/);
    assert.deepEqual(outside, []);
    assert.deepEqual(complaints, []);
  });

  it("is dark or light as the system is, legible in both, and whole without scripts", async (t) => {
    for (const colorScheme of ["dark", "light"] as const) {
      const { page } = await opened(t, "/", { colorScheme });
      for (const summary of await page.locator("summary").all()) await summary.click();
      const found = await textContrasts(page);
      assert.ok(found.length > 20, `${found.length} texts`);
      // WCAG 2.2, level AA.
      assert.deepEqual(
        found.filter(({ ratio }) => ratio < 4.5),
        [],
        colorScheme,
      );
      const [red] = await pixels(await page.screenshot(), { left: 2, top: 2, width: 1, height: 1 });
      assert.equal(red! > 128 ? "light" : "dark", colorScheme);
    }
    const { page } = await opened(t, "/", { javaScriptEnabled: false });
    assert.equal(await page.getByRole("link", { name: "View volume" }).count(), 1);
    assert.equal(await page.getByRole("button").count(), 0, "a button that does nothing");
  });

  it("copies the lines that it shows, and says so", async (t) => {
    const { page } = await opened(t);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByText("Open it elsewhere").click();
    await page.getByRole("button", { name: "copy the lines for TensorStore" }).click();
    await page.getByRole("status").filter({ hasText: "copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await page.locator('pre[aria-label="TensorStore"]').textContent());
  });

  it("has lines that work when they are pasted", { timeout: 300_000 }, async (t) => {
    const { page } = await opened(t);
    const lines = async (name: string): Promise<string> =>
      (await page.locator(`pre[aria-label="${name}"]`).textContent()) ?? "";
    const [cloudVolume, tensorStore] = await Promise.all(
      ["CloudVolume", "TensorStore"].map(async (name) => run(python(), ["-c", await lines(name)])),
    );
    assert.match(cloudVolume!.stdout, /^\(64, 64, 64, 1\) uint8 \d+\.\d+$/m);
    const mean = Number(cloudVolume!.stdout.trim().split(" ").at(-1));
    assert.ok(mean > 50 && mean < 200, `${mean}`);
    assert.equal(tensorStore!.stdout.trim(), `(64, 64, 64, 1) uint8 ${mean}`);
    const script = join(root, "build", "pasted.mjs"); // where "cirrus" is this package
    await writeFile(script, await lines("TypeScript"));
    t.after(() => rm(script));
    assert.match((await run(process.execPath, [script])).stdout, /^Uint8Array\(262144\) \[\n/);
    const bin = ws.at("bin", "cirrus");
    await mkdir(dirname(bin));
    await writeFile(bin, `#!/bin/sh\nexec "${process.execPath}" "${cirrusScript}" "$@"\n`);
    await chmod(bin, 0o755);
    const env = { ...process.env, PATH: `${dirname(bin)}:${process.env["PATH"]}`, CIRRUS_HOME: ws.at(".cirrus") };
    const [verify, provenance, view] = (await lines("Command line")).split("\n");
    assert.match((await run("sh", ["-c", verify!], { env })).stdout, /^complete/m);
    assert.match((await run("sh", ["-c", provenance!], { env })).stdout, /See what cirrus does with a small stack/);
    // Without the flag it would run until Ctrl-C.
    assert.match((await run("sh", ["-c", `${view!} --print-url`], { env })).stdout, /\/view\/#!/);
  });
});

describe("the viewer", () => {
  it("shows the same picture, byte for byte, when cirrus put the stack into shards", async (t) => {
    const job = JSON.parse(await readFile(ws.at("job.json"), "utf8")) as { destination: object }; // the quickstart's
    const destination = { ...job.destination, path: "./sharded/volume", sharding: "auto" };
    await writeFile(ws.at("sharded.json"), JSON.stringify({ ...job, destination }));
    await ws.expect(0, ["ingest", "sharded.json", "-p", "2", "--no-fsync"]);
    assert.match((await readdir(ws.at("sharded/volume/4_4_40"))).join(" "), /\.shard\b/);
    const pictureOf = async (server: string): Promise<Buffer> => {
      const tab = await openTab(browser);
      t.after(() => tab.page.context().close());
      await tab.page.goto(`${server}/open/volume`);
      await untilDrawn(tab);
      assert.deepEqual(tab.complaints, []);
      return picture(tab);
    };
    const sharded = await startedServer(ws, ["serve", "sharded/volume"]);
    assert.ok((await pictureOf(sharded.url)).equals(await pictureOf(url)));
  });

  it("shows a missing chunk as a hole, which verify names", async (t) => {
    // The scale that the panel shows, and the finer one: 3.4 voxels of mip 0 per pixel.
    const chunks = ["8_8_40/192-256_192-256_0-64", "16_16_40/64-128_64-128_0-64"];
    const kept = await Promise.all(chunks.map((chunk) => readFile(ws.at("volume", chunk))));
    for (const chunk of chunks) await rm(ws.at("volume", chunk));
    t.after(() => Promise.all(chunks.map((chunk, i) => writeFile(ws.at("volume", chunk), kept[i]!))));
    const tab = await opened(t, "/open/volume");
    await untilDrawn(tab);
    const png = await picture(tab);
    // Voxels 256 to 512 of mip 0 are 75 pixels left of and above the middle of the panel, at 250, 234.
    const hole = await pixels(png, { left: 185, top: 170, width: 50, height: 50 });
    const beside = await pixels(png, { left: 110, top: 170, width: 50, height: 50 });
    assert.equal(hole.toSorted().at(-1), 0, "the hole is not black");
    assert.ok(beside.toSorted().at(-1)! > 150);
    const report = await ws.run(["verify", ws.at("volume")]);
    assert.equal(report.code, 7);
    for (const chunk of chunks) assert.ok(report.stdout.includes(chunk), report.stdout);
  });
});

describe("a page of another site", () => {
  it("reads nothing of a volume, unless --cors names its origin", async (t) => {
    const site = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>elsewhere"));
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    t.after(() => site.close());
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`; // listening on TCP
    const { page } = await openTab(browser);
    t.after(() => page.context().close());
    await page.goto(origin);
    /** What a script of that page gets: bytes of a range of a chunk, and whether it can show the preview. */
    const attempt = (server: string): Promise<(number | string)[]> =>
      page.evaluate(async (base) => {
        const range = { headers: { range: "bytes=0-9" } };
        const chunk = await fetch(`${base}/volumes/volume/4_4_40/0-64_0-64_0-64`, range).then(
          async (reply) => (await reply.arrayBuffer()).byteLength,
          () => "refused",
        );
        const image = new Image();
        image.src = `${base}/previews/volume.png`;
        const shown = await image.decode().then(
          () => "shown",
          () => "refused",
        );
        return [chunk, shown];
      }, server);
    assert.deepEqual(await attempt(url), ["refused", "refused"]);
    const other = await startedServer(ws, ["serve", "volume", "--cors", "https://viewer.example"]);
    assert.deepEqual(await attempt(other.url), ["refused", "refused"]);
    const open = await startedServer(ws, ["serve", "volume", "--cors", origin]);
    assert.equal((await attempt(open.url))[0], 10);
  });
});
