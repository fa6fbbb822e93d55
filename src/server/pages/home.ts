/** The home page: every volume with its picture, its geometry and where it came from. Whole without a script. */
import { isCirrusError, messageOf } from "../../core/errors.js";
import { redact } from "../../core/redact.js";
import { product } from "../../core/vec3.js";
import type { Scale, VolumeInfo } from "../../formats/precomputed/volume-info.js";
import { gridOf } from "../../formats/precomputed/volume-info.js";
import { gridShape } from "../../geometry/chunk-grid.js";
import { previewSize } from "../../volume/preview/preview.js";
import type { ViewLimits } from "../../volume/preview/choose-view.js";
import { readProvenanceIn, type ProvenanceSummary } from "../../provenance/read.js";
import type { ServedVolume } from "../served-volume.js";
import { facts } from "./facts.js";
import { html, type Html } from "./html.js";
import { provenanceSection } from "./provenance.js";
import { snippetsFor } from "./snippets.js";

export interface HomeOptions {
  readonly volumes: readonly ServedVolume[];
  readonly version: string;
  /** `http://127.0.0.1:8000`, as the browser wrote it. */
  readonly origin: string;
}

/** Pictures small enough for a page of many volumes. */
export const homePreview: ViewLimits = { mostVoxels: 512, mostPx: 320 };

/** Nothing but this server's own style, script and pictures. */
export const homePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function homePage({ volumes, version, origin }: HomeOptions): Promise<string> {
  const cards = await Promise.all(volumes.map((volume, i) => cardOf(volume, { id: `v${i}`, origin })));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>cirrus: ${volumes.length} ${volumes.length === 1 ? "volume" : "volumes"}</title>
        <link rel="icon" href="/view/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/home.css" />
        <script src="/home.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#volumes">to the volumes</a>
        <header>
          <h1>cirrus</h1>
          <p class="faint">
            version ${version}, ${volumes.length} ${volumes.length === 1 ? "volume" : "volumes"}, read-only
          </p>
        </header>
        <main id="volumes">${cards}</main>
        <p id="said" class="skip" role="status"></p>
      </body>
    </html> `.text;
}

interface CardContext {
  readonly id: string;
  readonly origin: string;
}

/** A volume that cannot be read says why; the others stay. */
async function cardOf(volume: ServedVolume, context: CardContext): Promise<Html> {
  try {
    const [info, provenance] = await Promise.all([volume.info(), provenanceOf(volume)]);
    return card(volume, { ...context, info, provenance });
  } catch (error) {
    if (!isCirrusError(error)) throw error;
    return html`<article aria-labelledby="${context.id}">
      <div></div>
      <div>
        <h2 id="${context.id}">${volume.name}</h2>
        <p>${redact(messageOf(error))}</p>
      </div>
    </article>`;
  }
}

/** null where it may not be looked at: buckets that list nothing to strangers. */
async function provenanceOf({ store }: ServedVolume): Promise<ProvenanceSummary | null> {
  try {
    return await readProvenanceIn(store);
  } catch (error) {
    if (isCirrusError(error, "E_STORE_DENIED")) return null;
    throw error;
  }
}

interface CardFacts extends CardContext {
  readonly info: VolumeInfo;
  readonly provenance: ProvenanceSummary | null;
}

function card({ name, url }: ServedVolume, { id, origin, info, provenance }: CardFacts): Html {
  const finest = info.scales[0]!; // parseInfo leaves no volume without scales
  const { widthPx, heightPx } = previewSize(info, homePreview);
  return html` <article aria-labelledby="${id}">
    <div>
      <img
        src="/previews/${name}.png"
        alt="three sections through the middle of ${name}"
        width="${widthPx}"
        height="${heightPx}"
        loading="lazy"
      />
      <p><a class="view" href="/open/${name}" aria-label="View ${name}">View</a></p>
    </div>
    <div>
      <h2 id="${id}">${name}</h2>
      ${facts([
        ["place", url],
        ["kind", `${info.type}, ${info.dataType}${info.channels === 1 ? "" : `, ${info.channels} channels`}`],
        ["size", `${finest.size.join(" × ")} voxels`],
        ["voxel", `${finest.resolutionNm.join(" × ")} nm`],
        ["extent", finest.size.map((size, axis) => micrometres(size * finest.resolutionNm[axis]!)).join(" × ")],
        ["encoding", [...new Set(info.scales.map(encodingOf))].join("; ")],
      ])}
      <details>
        <summary>${info.scales.length} ${info.scales.length === 1 ? "scale" : "scales"}</summary>
        <div class="scroll" role="region" tabindex="0" aria-label="scales of ${name}">
          <table>
            <thead>
              <tr>
                <th scope="col">mip</th>
                <th scope="col">key</th>
                <th scope="col">voxel, nm</th>
                <th scope="col">size</th>
                <th scope="col">chunks</th>
                <th scope="col">encoding</th>
              </tr>
            </thead>
            <tbody>
              ${info.scales.map(
                (scale, mip) =>
                  html`<tr>
                    <td>${mip}</td>
                    <td>${scale.key}</td>
                    <td>${scale.resolutionNm.join(" × ")}</td>
                    <td>${scale.size.join(" × ")}</td>
                    <td>${product(gridShape(gridOf(scale)))} of ${scale.chunkSize.join(" × ")}</td>
                    <td>${encodingOf(scale)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>
      ${provenanceSection(provenance)}
      <details>
        <summary>Open it elsewhere</summary>
        ${snippetsFor({ source: `${origin}/volumes/${name}`, url, info }).map(
          ({ title, text }, i) =>
            html` <div class="snippet">
                <h3>${title}</h3>
                <button type="button" hidden data-copy="${id}-${i}" aria-label="copy the lines for ${title}">
                  copy
                </button>
              </div>
              <pre tabindex="0" aria-label="${title}"><code id="${id}-${i}">${text}</code></pre>`,
        )}
      </details>
    </div>
  </article>`;
}

const encodingOf = ({ encoding, sharding }: Scale): string => (sharding ? `${encoding}, sharded` : encoding);

const micrometres = (nm: number): string => `${Number((nm / 1000).toPrecision(4))} µm`;
