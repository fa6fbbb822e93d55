/**
 * What a probe saw -> a job config that only lacks what no file can tell. Blanks are `null` (a resolution) or "" (the provenance's
 * texts): `cirrus ingest` refuses each by name.
 */
import type { DataType } from "../core/data-type.js";
import type { Vec3 } from "../core/vec3.js";
import type { Interval, SourceProbe } from "../tiles/contracts.js";

export interface DraftInput {
  readonly pluginName: string;
  readonly params: unknown;
  readonly probe: SourceProbe;
  /** By flag; wins over the files' tags. */
  readonly resolutionNm: Vec3 | undefined;
  readonly destination: string;
  /** Where the data came from, for the provenance. */
  readonly sources: readonly string[];
  /** Of the job config's JSON schema, for editors. */
  readonly schemaUrl: string;
}

/** The members are in the order in which they are read. */
export interface DraftConfig {
  readonly $schema: string;
  readonly version: 1;
  readonly source: {
    readonly plugin: string;
    readonly params: unknown;
    readonly extent: { readonly x: Interval; readonly y: Interval; readonly z: Interval };
    readonly t?: number;
    readonly missing: "fail";
    readonly corrupt: "fail";
  };
  readonly destination: {
    readonly path: string;
    readonly type: "image" | "segmentation";
    readonly dataType: DataType;
    readonly channels: number;
    readonly resolutionNm: readonly (number | null)[];
    readonly voxelOffset: Vec3;
    readonly chunkSize: Vec3;
    readonly encoding: "raw";
    readonly compression: "auto";
    readonly mips: "auto";
    readonly background: 0;
  };
  readonly provenance: {
    readonly sources: readonly string[];
    readonly motivation: "";
    readonly process: { readonly description: ""; readonly parameters: Readonly<Record<string, never>> };
  };
}

export function draftConfig(input: DraftInput): DraftConfig {
  const { probe } = input;
  const { x, y, z, t } = probe.extent;
  return {
    $schema: input.schemaUrl,
    version: 1,
    source: {
      plugin: input.pluginName,
      params: input.params,
      extent: { x, y, z },
      ...(t && t[1] - t[0] > 1 ? { t: t[0] } : {}),
      missing: "fail",
      corrupt: "fail",
    },
    destination: {
      path: input.destination,
      type: guessType(probe.dataType),
      dataType: probe.dataType,
      channels: probe.channels,
      resolutionNm: input.resolutionNm ?? probe.resolutionNm ?? [...(probe.pixelSizeNm ?? [null, null]), null],
      voxelOffset: [0, 0, 0],
      chunkSize: [64, 64, 64],
      encoding: "raw",
      compression: "auto",
      mips: "auto",
      background: 0,
    },
    provenance: { sources: input.sources, motivation: "", process: { description: "", parameters: {} } },
  };
}

/** Microscopes give 8 or 16 bits; so many bits as an id needs are ids. */
const guessType = (dataType: DataType): "image" | "segmentation" =>
  dataType === "uint32" || dataType === "uint64" ? "segmentation" : "image";

/** Paths of the members that are left to the person. */
export function blanksOf({ destination }: DraftConfig): string[] {
  const isKnown = destination.resolutionNm.every((side) => side !== null);
  return [...(isKnown ? [] : ["destination.resolutionNm"]), "provenance.motivation", "provenance.process.description"];
}

/** Two spaces; lists of numbers on one line. Ends with a newline. */
export function configText(config: object): string {
  const text = JSON.stringify(config, null, 2);
  return `${text.replace(/\[\s+([^[\]{}"]+?)\s+\]/g, (_, inner: string) => `[${inner.replace(/\s+/g, " ")}]`)}\n`;
}
