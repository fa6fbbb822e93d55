/** What `init` and the plan need to know about a TIFF stack: pages, their size and type, voxel size from tags. No pixels are read. */
import { basename } from "node:path";
import {
  CirrusError,
  completeResolution,
  hyperstackOf,
  openByteSource,
  pageAt,
  readDescription,
  readResolution,
  type OddTile,
  type Page,
  type PluginContext,
  type SourceProbe,
  type StoreOptions,
  type TileIndex,
} from "cirrus/plugin";
import { readHyperstack, type Hyperstack } from "./hyperstack.js";
import type { MultipageParams } from "./params.js";
import { filesOf, surveyFiles, type SurveyedFile } from "./survey.js";

export async function probeStack(params: MultipageParams, context: PluginContext): Promise<SourceProbe> {
  const { stores = {} } = context;
  const files = await surveyFiles(await filesOf(params, context), stores);
  const [first] = files as [SurveyedFile]; // findFiles gives at least one
  const firstPage = (await pageAt(first.index, 0, openByteSource(first.path, stores)))!;
  const hyperstack = params.layout === "hyperstack" ? await readHyperstack(files, params, stores) : undefined;
  if (params.layout === "pages-are-sections") await refuseHyperstack(firstPage);
  const areTimes = params.layout === "pages-are-times";
  const counts = countPages(files);
  if (areTimes && counts.size > 1)
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `the files have different numbers of pages: ${describeCounts(counts)}`,
      {
        hint: 'with "pages-are-times" every file holds all times of one section',
      },
    );

  const placeOf = placesOf(params, files, hyperstack);
  const forms = await compareForms(files, placeOf, stores);
  const { example } = forms;
  const { widthPx, heightPx, dataType, channels, refusal, access, blockSizePx } = example.form;
  if (refusal !== undefined || !dataType)
    throw new CirrusError("E_SOURCE_UNSUPPORTED", `${example.name} cannot be read exactly: TIFF with ${refusal}`, {
      context: { location: example.name, form: refusal },
    });
  const pages = files.reduce((sum, { index }) => sum + index.pageCount, 0);
  const resolution = await readResolution(firstPage);
  const warnings = files.flatMap(({ index }) => index.warnings);
  if (example.form.isMinWhite)
    warnings.push("the lowest value means white (MINISWHITE): the values are kept as they are stored");
  if (forms.odd.length > 0)
    warnings.push(`${forms.odd.length} pages differ from the others, the first: ${forms.odd[0]!.problem}`);
  return {
    extent: {
      x: [0, widthPx],
      y: [0, heightPx],
      z: areTimes
        ? [params.firstSection, params.firstSection + files.length]
        : [0, hyperstack ? hyperstack.sections : pages],
      ...(areTimes ? { t: [0, first.index.pageCount] as const } : {}),
      ...(hyperstack ? { t: [0, hyperstack.times] as const } : {}),
    },
    tileSizePx: [widthPx, heightPx],
    dataType,
    channels: channels * (hyperstack?.channels.length ?? 1),
    resolutionNm: completeResolution(resolution),
    resolutionFrom: resolution.from,
    ...(resolution.pixelNm ? { pixelSizeNm: resolution.pixelNm } : {}),
    missing: [],
    missingCount: 0,
    odd: forms.odd,
    files: files.length,
    sizeBytes: files.reduce((sum, { index }) => sum + index.file.sizeBytes, 0),
    warnings,
    access,
    ...(blockSizePx ? { blockSizePx } : {}),
    summary: [
      `${files.length} ${files.length === 1 ? "file" : "files"}, ${describeCounts(counts)}: ${basename(first.path)}` +
        (files.length > 1 ? ` to ${basename(files.at(-1)!.path)}` : ""),
      `${areTimes ? `${files.length} sections at ${first.index.pageCount} times` : hyperstack ? `hyperstack of ${hyperstack.sections} sections at ${hyperstack.times} times, channels ${hyperstack.channels.join(", ")}:` : `${pages} sections`} of ${widthPx} x ${heightPx} pixels, ${dataType}, ${channels === 1 ? "1 channel" : `${channels} channels`}`,
      resolution.pixelNm
        ? `pixels of ${resolution.pixelNm.join(" x ")} nm (${resolution.from}), sections ${resolution.spacingNm === undefined ? "at an unknown distance" : `${resolution.spacingNm} nm apart`}`
        : `voxel size unknown: ${resolution.from}`,
    ],
  };
}

/** Pages of a hyperstack are channels, sections and times in turn: as sections they would be a wrong volume. */
async function refuseHyperstack(page: Page): Promise<void> {
  const { channels, sections, times } = hyperstackOf(await readDescription(page));
  // Samples of a pixel (RGB) are channels of one page.
  const perPage = channels > 1 && channels % page.form.channels === 0 ? channels / page.form.channels : channels;
  if ([perPage, sections, times].filter((count) => count > 1).length < 2) return;
  throw new CirrusError(
    "E_SOURCE_UNSUPPORTED",
    `${page.file.name} is a hyperstack of ${perPage} channels x ${sections} sections x ${times} times`,
    { context: { channels: perPage, sections, times }, hint: 'set "layout" to "hyperstack"' },
  );
}

/** How many files have how many pages. */
function countPages(files: readonly SurveyedFile[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { index } of files) counts.set(index.pageCount, (counts.get(index.pageCount) ?? 0) + 1);
  return counts;
}

const describeCounts = (counts: ReadonlyMap<number, number>): string =>
  counts.size === 1
    ? [...counts]
        .map(([pages, files]) => `${pages === 1 ? "1 page" : `${pages} pages`}${files > 1 ? " each" : ""}`)
        .join()
    : [...counts].map(([pages, files]) => `${pages} pages in ${files} of them`).join(", ");

type PlaceOf = (file: number, page: number) => TileIndex;

/** Which tile a page belongs to. */
function placesOf(
  { layout, firstSection }: MultipageParams,
  files: readonly SurveyedFile[],
  hyperstack: Hyperstack | undefined,
): PlaceOf {
  const at = (z: number, t?: number): TileIndex => ({ column: 0, row: 0, z, ...(t === undefined ? {} : { t }) });
  if (layout === "pages-are-times") return (file, page) => at(file + firstSection, page);
  if (!hyperstack) return (file, page) => at(files[file]!.firstZ + page);
  return (file, page) => {
    for (let z = 0; z < hyperstack.sections; z++)
      for (let t = 0; t < hyperstack.timesPerFile; t++)
        for (const channel of hyperstack.channels)
          if (hyperstack.page(z, t) + channel * hyperstack.channelStep === page)
            return at(z, file * hyperstack.timesPerFile + t);
    return at(-1); // of a channel that is not taken
  };
}

interface Forms {
  /** A page of the most frequent form. */
  readonly example: Page;
  readonly odd: readonly OddTile[];
}

/** Looks at every page's tags. Pages of other sizes and types are legal TIFF, and no part of one volume. */
async function compareForms(files: readonly SurveyedFile[], placeOf: PlaceOf, stores: StoreOptions): Promise<Forms> {
  const groups = new Map<string, { example: Page; at: { file: number; page: number }[] }>();
  for (const [file, { path, index }] of files.entries()) {
    const source = openByteSource(path, stores);
    for (let page = 0; page < index.pageCount; page++) {
      // Planes of an ImageJ stack share the tags of the first.
      const read = (await pageAt(index, page, source))!;
      const group = groups.get(describeForm(read));
      if (group) group.at.push({ file, page });
      else groups.set(describeForm(read), { example: read, at: [{ file, page }] });
    }
  }
  const [usual, ...others] = [...groups.values()].sort((a, b) => b.at.length - a.at.length);
  const odd = others.flatMap(({ example, at }) =>
    at.map(({ file, page }): OddTile => {
      const { path } = files[file]!;
      const index = placeOf(file, page);
      const problem = `${path}, page ${page}: ${describeForm(example)} instead of ${describeForm(usual!.example)}`;
      return { index, location: { url: path, page }, problem };
    }),
  );
  odd.sort((a, b) => a.index.z - b.index.z || (a.index.t ?? 0) - (b.index.t ?? 0));
  return { example: usual!.example, odd };
}

const describeForm = ({ form }: Page): string =>
  `${form.widthPx} x ${form.heightPx} pixels, ${form.dataType ?? form.refusal}, ${form.channels === 1 ? "1 channel" : `${form.channels} channels`}`;
