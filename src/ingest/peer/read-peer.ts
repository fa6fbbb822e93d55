/** A document that the peer's schema accepts -> numbers and names, with the checks that it never had. Pure. */
import { CirrusError } from "../../core/errors.js";
import { toPlain, type JsonObject } from "../../core/json/value.js";
import type { Vec3 } from "../../core/vec3.js";
import type { Interval } from "../../tiles/contracts.js";
import { roleOf, type PeerRole } from "./peer-classes.js";
import { schemaProblems } from "./peer-schema.js";

export interface PeerProcessor {
  /** The last part of the dotted path. */
  readonly className: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface PeerConfig {
  readonly type: "tile" | "volumetric";
  readonly path: PeerProcessor;
  /** The tile processor of tile jobs, the chunk processor of volumetric ones. */
  readonly data: PeerProcessor;
  readonly database: Readonly<Record<string, unknown>>;
  readonly resolution: number;
  readonly extent: { readonly x: Interval; readonly y: Interval; readonly z: Interval; readonly t: Interval };
  /** x, y, z of tile_size or chunk_size. */
  readonly unit: Vec3;
}

interface RawProcessor {
  readonly class: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What `schemaProblems` has looked at. */
interface RawConfig {
  readonly client: {
    readonly path_processor: RawProcessor;
    readonly tile_processor?: RawProcessor;
    readonly chunk_processor?: RawProcessor;
  };
  readonly database: Readonly<Record<string, unknown>>;
  readonly ingest_job: {
    readonly ingest_type?: "tile" | "volumetric";
    readonly resolution: number;
    readonly extent: Readonly<Record<"x" | "y" | "z" | "t", readonly number[]>>;
    readonly tile_size?: Readonly<Record<"x" | "y" | "z" | "t", number>>;
    readonly chunk_size?: Readonly<Record<"x" | "y" | "z", number>>;
  };
}

/** @throws CirrusError `E_CONFIG_INVALID` whose message has one line per problem, each with its JSON pointer */
export function readPeer(document: JsonObject, name: string): PeerConfig {
  const wrong = schemaProblems(document);
  if (wrong.length) throw problemsError(name, wrong);
  const { client, database, ingest_job: job } = toPlain(document) as unknown as RawConfig; // the schema has looked
  const type = job.ingest_type ?? "tile";
  const problems: string[] = [];
  const axes = (["x", "y", "z", "t"] as const).map((axis) => [axis, job.extent[axis]] as const);
  for (const [axis, extent] of axes) {
    const at = `/ingest_job/extent/${axis}`;
    const [start, stop] = extent;
    if (extent.length !== 2) problems.push(`${at}: must be [start, stop), two numbers, not ${extent.length}`);
    else if (start! < 0) problems.push(`${at}: begins at ${start}, below 0`);
    else if (start! >= stop!) problems.push(`${at}: start must be below stop: [${extent.join(", ")})`);
  }
  const size = type === "tile" ? job.tile_size! : job.chunk_size!;
  const sizeName = type === "tile" ? "tile_size" : "chunk_size";
  for (const [axis, side] of Object.entries(size))
    if (side < 1) problems.push(`/ingest_job/${sizeName}/${axis}: must be 1 or more, not ${side}`);
  const data = type === "tile" ? client.tile_processor! : client.chunk_processor!;
  const dataName = type === "tile" ? "tile_processor" : "chunk_processor";
  const path = processorOf(client.path_processor, ["path"], "/client/path_processor/class", problems);
  const reader = processorOf(data, type === "tile" ? ["tile"] : ["chunk"], `/client/${dataName}/class`, problems);
  if (problems.length) throw problemsError(name, problems);
  const extent = Object.fromEntries(axes) as unknown as PeerConfig["extent"]; // two numbers each, as just checked
  return {
    type,
    path,
    data: reader,
    database,
    resolution: job.resolution,
    extent,
    unit: [size.x, size.y, size.z],
  };
}

function processorOf(
  raw: RawProcessor,
  roles: readonly PeerRole[],
  pointer: string,
  problems: string[],
): PeerProcessor {
  const className = raw.class.slice(raw.class.lastIndexOf(".") + 1);
  const role = roleOf(className);
  if (!role)
    problems.push(
      `${pointer}: "${raw.class}" is no class of the ingest client; a program of your own can be run by the plugin "command"`,
    );
  else if (!roles.includes(role))
    problems.push(`${pointer}: ${className} is a ${role} processor, not a ${roles.join()} one`);
  return { className, params: raw.params };
}

export const problemsError = (name: string, problems: readonly string[]): CirrusError =>
  new CirrusError(
    "E_CONFIG_INVALID",
    `${name} (a config of the Boss ingest client) has ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}:\n${problems
      .map((line) => `  ${line}`)
      .join("\n")}`,
    { context: { problems }, hint: "mend each place that is named; docs/sources.md says what these configs may hold" },
  );
