/** The Boss ingest client's classes, by the last part of their dotted paths: what each is, and how its params read here. Pure. */

export type PeerRole = "path" | "tile" | "chunk";

/** A pair of classes that together are a source. */
export interface PeerKind {
  readonly path: readonly string[];
  readonly data: readonly string[];
  readonly source:
    | "catmaid-1"
    | "catmaid-4"
    | "catmaid-5"
    | "catmaid-url"
    | "z-stack"
    | "single-time-tiff"
    | "hyperstack"
    | "hdf5-time-series"
    | "hdf5-slice"
    | "hdf5-chunk"
    | "hdf5-single-file"
    | "cloudvolume"
    | "zarr"
    | "boss"
    | "test";
}

export const peerKinds: readonly PeerKind[] = [
  {
    source: "catmaid-1",
    path: ["CatmaidFileImageStackPathProcessor"],
    data: ["CatmaidFileImageStackTileProcessor"],
  },
  {
    source: "catmaid-4",
    path: ["CatmaidFileImageStackZoomLevelPathProcessor"],
    data: ["CatmaidFileImageStackZoomLevelTileProcessor"],
  },
  {
    source: "catmaid-5",
    path: ["CatmaidDirectoryImageStackPathProcessor"],
    data: ["CatmaidDirectoryImageStackTileProcessor"],
  },
  // The misspelled name is the peer's own.
  { source: "catmaid-url", path: ["CatmaidURLPathProcessor"], data: ["CatmainURLTileProcessor"] },
  { source: "z-stack", path: ["ZindexStackPathProcessor"], data: ["ZindexStackTileProcessor"] },
  { source: "single-time-tiff", path: ["SingleTimeTiffPathProcessor"], data: ["SingleTimeTiffTileProcessor"] },
  {
    source: "hyperstack",
    path: ["TiffMultiFileHyperStackPathProcessor"],
    data: ["TiffMultiFileHyperStackTileProcessor"],
  },
  {
    source: "hdf5-time-series",
    path: ["Hdf5TimeSeriesPathProcessor"],
    data: ["Hdf5TimeSeriesTileProcessor", "Hdf5TimeSeriesLabelTileProcessor"],
  },
  { source: "hdf5-slice", path: ["Hdf5SlicePathProcessor"], data: ["Hdf5SliceTileProcessor"] },
  { source: "hdf5-chunk", path: ["Hdf5ChunkPathProcessor"], data: ["Hdf5ChunkTileProcessor"] },
  { source: "hdf5-single-file", path: ["Hdf5SingleFilePathProcessor"], data: ["Hdf5SingleFileTileProcessor"] },
  {
    source: "cloudvolume",
    path: ["CloudVolumePathProcessor"],
    data: ["CloudVolumeChunkProcessor", "CloudVolumeTileProcessor"],
  },
  { source: "zarr", path: ["ZarrPathProcessor"], data: ["ZarrChunkProcessor"] },
  { source: "boss", path: ["InternPathProcessor"], data: ["InternTileProcessor", "InternChunkProcessor"] },
  {
    source: "test",
    path: ["TestPathProcessor", "TestPassThroughPathProcessor"],
    data: ["TestTileProcessor", "TestRandomTileProcessor"],
  },
];

/** undefined for a class that the peer does not have. */
export function roleOf(className: string): PeerRole | undefined {
  if (peerKinds.some(({ path }) => path.includes(className))) return "path";
  if (!peerKinds.some(({ data }) => data.includes(className))) return undefined;
  return className.endsWith("ChunkProcessor") ? "chunk" : "tile";
}

/** Their tile processors all do the same: open the image at the path. */
const imageSources = ["catmaid-1", "catmaid-4", "catmaid-5", "z-stack"];

/** The source that two classes make; undefined when they do not belong together. */
export function kindOf(pathClass: string, dataClass: string): PeerKind | undefined {
  const kind = peerKinds.find(({ path }) => path.includes(pathClass));
  const other = peerKinds.find(({ data }) => data.includes(dataClass));
  if (kind === other) return kind;
  return kind && other && imageSources.includes(kind.source) && imageSources.includes(other.source) ? kind : undefined;
}
