/** TIFF files with many pages, or many TIFF files: a page is a whole section, the only tile of it. */
import {
  CirrusError,
  decodePage,
  definePlugin,
  newVoxels,
  pageAt,
  type StoreOptions,
  type TiffIndex,
  type Tile,
  type TileProcessor,
} from "cirrus/plugin";
import { hyperstackPaths, readHyperstack, type Hyperstack } from "./hyperstack.js";
import { paramsSchema, type MultipageParams } from "./params.js";
import { probeStack } from "./probe.js";
import { recogniseStack } from "./recognise.js";
import { filesOf, openIndex, sectionsOf, surveyFiles, timesOf } from "./survey.js";

export default definePlugin<MultipageParams>({
  name: "multipage-tiff",
  aliases: [
    "SingleTimeTiffPathProcessor",
    "SingleTimeTiffTileProcessor",
    "TiffMultiFileHyperStackPathProcessor",
    "TiffMultiFileHyperStackTileProcessor",
  ],
  description:
    "TIFF stacks: pages are sections, in one file or several; or times; or channels, sections and times (ImageJ, OME)",
  params: paramsSchema,
  recognise: recogniseStack,
  probe: probeStack,
  async open(params, context) {
    const { t, stores = {} } = context;
    const paths = await filesOf(params, context);
    if (params.layout === "pages-are-times")
      return {
        pathProcessor: timesOf(paths, t ?? (await onlyTime(paths, stores)), params.firstSection),
        tileProcessor: tileProcessorFor(new Map(), stores),
      };
    const files = await surveyFiles(paths, stores);
    const indexes = new Map(files.map(({ path, index }) => [path, Promise.resolve(index)]));
    const single = tileProcessorFor(indexes, stores);
    if (params.layout === "pages-are-sections") return { pathProcessor: sectionsOf(files), tileProcessor: single };
    const stack = await readHyperstack(files, params, stores);
    if (t === undefined && stack.times > 1) throw chooseTime(stack.times);
    return { pathProcessor: hyperstackPaths(stack, files, t ?? 0), tileProcessor: manyChannels(single, stack) };
  },
});

/** Which of several times is meant cannot be guessed. */
async function onlyTime(paths: readonly string[], stores: StoreOptions): Promise<number> {
  const { pageCount } = await openIndex(paths[0]!, stores);
  if (pageCount === 1) return 0;
  throw chooseTime(pageCount);
}

const chooseTime = (times: number): CirrusError =>
  new CirrusError("E_CONFIG_INVALID", `the files hold ${times} times: choose one`, {
    context: { times },
    hint: 'state the time as "t" of the source; [start, stop) takes several',
  });

/** The pages of all channels that are taken, as one tile. */
const manyChannels = (single: TileProcessor, { channels, channelStep }: Hyperstack): TileProcessor =>
  channels.length === 1
    ? single
    : {
        async decode(location, source, part) {
          const tiles: Tile[] = [];
          for (const channel of channels)
            tiles.push(
              await single.decode({ ...location, page: (location.page ?? 0) + channel * channelStep }, source, part),
            );
          const [first] = tiles as [Tile, ...Tile[]];
          const planeLength = first.data.length;
          const data = newVoxels(first.dataType, planeLength * tiles.length);
          // Pages of one stack are of one type; the probe looked.
          tiles.forEach((tile, i) => (data as Uint8Array).set(tile.data as Uint8Array, i * planeLength));
          return { ...first, data, channels: first.channels * tiles.length };
        },
      };

const indexesKept = 256;

/** @param indexes - of files that were opened already; others are opened at their first page, the oldest forgotten */
function tileProcessorFor(indexes: Map<string, Promise<TiffIndex>>, stores: StoreOptions): TileProcessor {
  const most = indexes.size + indexesKept;
  const indexFor = (url: string): Promise<TiffIndex> => {
    const known = indexes.get(url);
    if (known) return known;
    if (indexes.size >= most) indexes.delete(indexes.keys().next().value!);
    const opened = openIndex(url, stores);
    indexes.set(url, opened);
    opened.catch(() => indexes.delete(url)); // another try may succeed
    return opened;
  };
  return {
    async decode({ url, page: number = 0 }, source, part) {
      const context = { location: { url, page: number } };
      const sizeBytes = await source.sizeBytes();
      if (sizeBytes === undefined) throw new CirrusError("E_TILE_MISSING", `no file at ${url}`, { context });
      const index = await indexFor(url);
      if (sizeBytes !== index.file.sizeBytes)
        throw new CirrusError(
          "E_TILE_CORRUPT",
          `${url} has ${sizeBytes} bytes; when it was opened it had ${index.file.sizeBytes}`,
          { context },
        );
      const page = await pageAt(index, number, source);
      if (!page)
        throw new CirrusError("E_TILE_MISSING", `${url} has no page ${number}, only ${index.pageCount}`, { context });
      return decodePage(page, part);
    },
  };
}
