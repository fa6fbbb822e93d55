/** Lines to open a served volume elsewhere; each works when it is pasted while the server runs. Pure. */
import { printableSpellings } from "../../storage/url.js";

export interface Snippet {
  readonly title: string;
  readonly text: string;
}

/**
 * @param source - URL of the volume on this server
 * @param url - normalised URL of the volume itself
 */
export function snippetsFor(source: string, url: string): Snippet[] {
  const { plain } = printableSpellings(url);
  return [
    {
      title: "CloudVolume",
      text: `from cloudvolume import CloudVolume\n\nvolume = CloudVolume("precomputed://${source}", mip=0, progress=False)\nprint(volume.shape, volume.dtype)`,
    },
    {
      title: "TensorStore",
      text: `import tensorstore as ts\n\nvolume = ts.open({"driver": "neuroglancer_precomputed", "kvstore": "${source}/"}).result()\nprint(volume.shape, volume.dtype)`,
    },
    {
      title: "TypeScript",
      text: `import { CirrusVolume } from "cirrus";\n\nconst volume = await CirrusVolume.open(${JSON.stringify(plain)});\nconsole.log(volume.info.scales[0]);`,
    },
    { title: "Command line", text: `cirrus verify ${quoted(plain)}\ncirrus view ${quoted(plain)}` },
  ];
}

const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
