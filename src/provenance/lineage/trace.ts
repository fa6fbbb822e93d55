/** Follows the records from a volume upwards, and downwards among the volumes below given prefixes. */
import { isCirrusError, messageOf } from "../../core/errors.js";
import type { StoreOptions } from "../../storage/store.js";
import { locate, normaliseUrl } from "../../storage/url.js";
import { findVolumes } from "../survey/find-volumes.js";
import {
  cyclesOf,
  mergeEdges,
  reachable,
  staleness,
  type LineageEdge,
  type LineageGraph,
  type LineageNode,
} from "./graph.js";
import { readLinks, type ReadLinksOptions, type VolumeLinks } from "./read-links.js";

export interface TraceOptions {
  readonly store?: StoreOptions;
  readonly direction: "up" | "down" | "both";
  /** Folders and bucket prefixes in which derived volumes are looked for; default: what the volume lies in. Upwards none is needed. */
  readonly roots?: readonly string[];
  /** Compare inputs by names and sizes only. */
  readonly quick?: boolean;
}

/** A source that does not answer must not hold up the rest. */
const sourceDeadlineMs = 5000;

/** @throws CirrusError `E_STORE_URL`; errors of the store for the volume itself and for the roots */
export async function traceLineage(path: string, options: TraceOptions): Promise<LineageGraph> {
  const { direction, store = {}, quick } = options;
  const reader = new LinkReader({ store, check: quick ? "quick" : "content" });
  const root = normaliseUrl(path);
  await reader.read(root, store);
  // First, because what lies below is at first read without a look at its inputs.
  if (direction !== "down") await reader.readUp(root);
  if (direction !== "up") {
    const volumes = await volumesOf(options.roots ?? [parentOf(root)], store).catch((error: unknown) => {
      // Nobody said where to look: what was made from it is not known, what it was made from is.
      const isAsked = options.roots !== undefined || direction === "down";
      if (isAsked || !isCirrusError(error, "E_STORE_UNLISTABLE")) throw error;
      return `what was made from it is not looked for: ${error.message}`;
    });
    if (typeof volumes === "string") {
      const graph = reader.graph(root, "up");
      return { ...graph, problems: [...graph.problems, volumes] };
    }
    await reader.readDown(root, volumes);
  }
  return reader.graph(root, direction);
}

async function volumesOf(roots: readonly string[], store: StoreOptions): Promise<Set<string>> {
  const found = await Promise.all(roots.map((prefix) => findVolumes(prefix, { store })));
  return new Set(found.flat().map(({ url }) => url));
}

/** The folder that a volume lies in; a bucket's root is its own. */
function parentOf(url: string): string {
  const { scheme, path, bucket } = locate(url);
  if (scheme === "file") return locate(path.replace(/[\\/][^\\/]+$/, "") || path).url;
  return path === "" ? url : url.slice(0, Math.max(url.lastIndexOf("/"), url.indexOf(bucket) + bucket.length));
}

class LinkReader {
  readonly #options: ReadLinksOptions;
  /** By id; a text where it could not be read. */
  readonly #read = new Map<string, VolumeLinks | string>();

  constructor(options: ReadLinksOptions) {
    this.#options = options;
  }

  /** @throws errors of the store */
  async read(id: string, store: StoreOptions, check = this.#options.check): Promise<VolumeLinks> {
    const links = await readLinks(id, { store, check });
    this.#read.set(id, links);
    return links;
  }

  async #tryRead(id: string, check = this.#options.check): Promise<VolumeLinks | undefined> {
    const store = { ...this.#options.store, retryDeadlineMs: sourceDeadlineMs };
    try {
      return await this.read(id, store, check);
    } catch (error) {
      this.#read.set(id, messageOf(error));
      return undefined;
    }
  }

  async readUp(root: string): Promise<void> {
    const seen = new Set([root]);
    for (const id of seen) {
      const known = this.#read.get(id);
      const links = known === undefined ? await this.#tryRead(id) : known;
      if (links === undefined || typeof links === "string") continue;
      for (const { from, to } of links.edges) if (to === id && isReadable(from, links)) seen.add(from);
    }
  }

  /** Volumes that do not come from the root are read once, without a look at their inputs. */
  async readDown(root: string, volumes: ReadonlySet<string>): Promise<void> {
    const unchecked = [...volumes].filter((id) => !this.#read.has(id));
    for (const id of unchecked) await this.#tryRead(id, "none");
    const below = reachable(root, this.#edges(), "down");
    for (const id of unchecked) if (below.has(id)) await this.#tryRead(id);
  }

  #links(): VolumeLinks[] {
    return [...this.#read.values()].filter((links) => typeof links !== "string");
  }

  #edges(): LineageEdge[] {
    return mergeEdges(this.#links().flatMap(({ edges }) => edges));
  }

  graph(root: string, direction: TraceOptions["direction"]): LineageGraph {
    const all = this.#edges();
    const wanted = new Set([
      ...(direction === "down" ? [] : reachable(root, all, "up")),
      ...(direction === "up" ? [] : reachable(root, all, "down")),
    ]);
    const edges = all.filter(({ from, to }) => wanted.has(from) && wanted.has(to));
    const stale = staleness(edges);
    const node = (id: string): LineageNode => {
      const links = this.#read.get(id);
      if (typeof links === "object") {
        const { kind, isDocumented, inPlace } = links;
        return { id, kind, isDocumented, inPlace, stale: stale.get(id) ?? null, note: null };
      }
      const kind = links === undefined ? kindOf(id) : "unread";
      return { id, kind, isDocumented: null, inPlace: [], stale: stale.get(id) ?? null, note: links ?? null };
    };
    const problems = this.#links().filter(({ id }) => wanted.has(id));
    return {
      root,
      nodes: [...wanted].map(node),
      edges,
      cycles: cyclesOf(edges),
      problems: problems.flatMap((links) => links.problems),
    };
  }
}

/** Any page may be a source; only where records say so it is a volume on a web server. */
function isReadable(id: string, { volumes }: VolumeLinks): boolean {
  return kindOf(id) === "data" && (!/^https?:/.test(id) || volumes.includes(id));
}

/** Ids that are URLs are places, whether somebody looked or not. */
const kindOf = (id: string): "data" | "text" => (/^(?:file|gs|s3|https?|memory):\/\//.test(id) ? "data" : "text");
