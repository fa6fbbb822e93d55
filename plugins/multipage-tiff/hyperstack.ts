/** Pages that are channels, sections and times in turn, in one file or in several that follow each other in time. */
import {
  CirrusError,
  hyperstackOf,
  openByteSource,
  type StoreOptions,
  pageAt,
  readDescription,
  type PageOrder,
  type PathProcessor,
} from "cirrus/plugin";
import type { MultipageParams } from "./params.js";
import type { SurveyedFile } from "./survey.js";

export interface Hyperstack {
  readonly sections: number;
  readonly times: number;
  readonly timesPerFile: number;
  /** Pages from one channel to the next. */
  readonly channelStep: number;
  /** Channels that are taken. */
  readonly channels: readonly number[];
  /** Of the first channel of a section at a time. */
  page(z: number, t: number): number;
}

/**
 * @param files - in the order of time, at least one
 * @throws CirrusError `E_SOURCE_UNSUPPORTED` when the pages are not as many as channels, sections and times say, `E_CONFIG_INVALID`
 */
export async function readHyperstack(
  files: readonly SurveyedFile[],
  { hyperstack: stated = {} }: Pick<MultipageParams, "hyperstack">,
  stores: StoreOptions,
): Promise<Hyperstack> {
  const [first] = files as [SurveyedFile, ...SurveyedFile[]];
  const page = (await pageAt(first.index, 0, openByteSource(first.path, stores)))!;
  const told = hyperstackOf(await readDescription(page));
  // Samples of a pixel (RGB) are channels of one page.
  const perPage = page.form.channels;
  const toldChannels = told.channels % perPage === 0 ? told.channels / perPage : told.channels;
  const channels = stated.channels ?? toldChannels;
  const sections = stated.sections ?? told.sections;
  const pagesPerTime = channels * sections;
  const isAlone = files.length === 1;
  const timesPerFile = stated.timesPerFile ?? Math.max(1, Math.floor(first.index.pageCount / pagesPerTime));
  const order = stated.order ?? told.order;
  for (const [i, { path, index }] of files.entries()) {
    const isLast = i === files.length - 1;
    const times = index.pageCount / pagesPerTime;
    const fits =
      Number.isInteger(times) &&
      (isLast && (!isAlone || stated.timesPerFile) ? times <= timesPerFile : times === timesPerFile);
    if (!fits)
      throw new CirrusError(
        "E_SOURCE_UNSUPPORTED",
        `${path} has ${index.pageCount} pages, which are not ${channels} channels x ${sections} sections x ${timesPerFile} times`,
        {
          context: { path, pages: index.pageCount, channels, sections, timesPerFile },
          hint: 'state "channels", "sections" and "timesPerFile" in "hyperstack"',
        },
      );
    if (order !== "CZT" && order !== "ZCT" && !isAlone && index.pageCount !== first.index.pageCount)
      throw new CirrusError(
        "E_SOURCE_UNSUPPORTED",
        `${path} holds fewer times than the others, and time is not the slowest axis`,
      );
  }
  if (stated.channel !== undefined && stated.channel >= channels)
    throw new CirrusError(
      "E_CONFIG_INVALID",
      `hyperstack.channel ${stated.channel}: there are ${channels}, 0 to ${channels - 1}`,
    );
  const steps = stepsOf(order, { C: channels, Z: sections, T: timesPerFile });
  return {
    sections,
    times: files.reduce((sum, { index }) => sum + index.pageCount / pagesPerTime, 0),
    timesPerFile,
    channelStep: steps.C,
    channels: stated.channel === undefined ? Array.from({ length: channels }, (_, i) => i) : [stated.channel],
    page: (z, t) => z * steps.Z + (t % timesPerFile) * steps.T,
  };
}

/** Pages from one channel, section or time to the next. */
function stepsOf(order: PageOrder, counts: Readonly<Record<"C" | "Z" | "T", number>>): Record<"C" | "Z" | "T", number> {
  const steps = { C: 1, Z: 1, T: 1 };
  let step = 1;
  for (const axis of order as Iterable<"C" | "Z" | "T">) {
    steps[axis] = step;
    step *= counts[axis];
  }
  return steps;
}

/** The page of the first channel that is taken; the tile processor finds the others behind it. */
export const hyperstackPaths =
  (stack: Hyperstack, files: readonly SurveyedFile[], chosen: number): PathProcessor =>
  ({ column, row, z, t = chosen }) => {
    const file = files[Math.floor(t / stack.timesPerFile)];
    if (!file || column !== 0 || row !== 0 || z < 0 || z >= stack.sections || t < 0 || t >= stack.times)
      return undefined;
    return { url: file.path, page: stack.page(z, t) + stack.channels[0]! * stack.channelStep };
  };
