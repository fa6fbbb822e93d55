/** Lines to open a served volume elsewhere; each works when it is pasted while the server runs. Pure. */
import { shellWord } from "../../core/shell-word.js";
import { perAxis, type Vec3 } from "../../core/vec3.js";
import type { VolumeInfo } from "../../formats/precomputed/volume-info.js";
import { printableSpellings } from "../../storage/url.js";

export interface Snippet {
  readonly title: string;
  readonly text: string;
}

export interface SnippetsOf {
  /** URL of the volume on this server. */
  readonly source: string;
  /** Normalised URL of the volume itself. */
  readonly url: string;
  readonly info: VolumeInfo;
}

/** They read what lies in the middle, at most 64 x 64 x 64 voxels. */
export function snippetsFor({ source, url, info }: SnippetsOf): Snippet[] {
  const { plain } = printableSpellings(url);
  const { min, max } = middleOf(info);
  const slices = min.map((from, axis) => `${from}:${max[axis]}`).join(", ");
  return [
    {
      title: "CloudVolume",
      text: `from cloudvolume import CloudVolume

volume = CloudVolume("precomputed://${source}", mip=0, progress=False)
cutout = volume[${slices}]
print(cutout.shape, cutout.dtype, cutout.mean())`,
    },
    {
      title: "TensorStore",
      text: `import tensorstore as ts

volume = ts.open({"driver": "neuroglancer_precomputed", "kvstore": "${source}/"}).result()
cutout = volume[${slices}].read().result()
print(cutout.shape, cutout.dtype, cutout.mean())`,
    },
    {
      title: "TypeScript",
      text: `import { CirrusVolume } from "cirrus";

const volume = await CirrusVolume.open(${JSON.stringify(plain)});
const { data } = await volume.read({ min: [${min.join(", ")}], max: [${max.join(", ")}] }, { mip: 0 });
console.log(data);
await volume.close();`,
    },
    {
      title: "Command line",
      text: `cirrus verify ${shellWord(plain)}
cirrus provenance show ${shellWord(plain)}
cirrus view ${shellWord(plain)}`,
    },
  ];
}

/** Voxels of the finest scale, half-open. */
function middleOf({ scales: [finest] }: VolumeInfo): { readonly min: Vec3; readonly max: Vec3 } {
  const { size, voxelOffset } = finest!; // parseInfo leaves no volume without scales
  const min = perAxis((axis) => voxelOffset[axis] + Math.max(0, Math.floor(size[axis] / 2) - 32));
  return { min, max: perAxis((axis) => min[axis] + Math.min(64, size[axis])) };
}
