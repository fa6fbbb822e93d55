/** Headers of all files, and what their numbering tells: first, last, gaps. */
import { basename, dirname } from "node:path";
import {
  CirrusError,
  listRanges,
  presentFiles,
  probeImages,
  sectionsOfTiles,
  type PluginContext,
  type SourceProbe,
} from "cirrus/plugin";
import { filesOf, sectionsOf, type ImageFilesParams } from "./files.js";

export async function probeFiles(params: ImageFilesParams, context: PluginContext): Promise<SourceProbe> {
  const paths = await filesOf(params, context);
  const { firstSection } = params;
  const present = await presentFiles(paths, context.stores);
  if (!present.size)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `none of the ${paths.length} files is there: ${paths[0]!}`, {
      context: { first: paths[0] },
    });
  const place = { column: 0, row: 0 };
  const wanted = paths.map((path, i) => ({ path, tile: { ...place, z: firstSection + i } }));
  const probe = await probeImages({
    sections: sectionsOfTiles(wanted.filter(({ path }) => present.has(path)).map(({ tile }) => tile)),
    wanted: sectionsOfTiles(wanted.map(({ tile }) => tile)),
    locate: sectionsOf(paths, firstSection),
    name: dirname(paths[0]!),
    form: "one file each",
    warnings: numberingWarnings(paths),
    ...(context.stores ? { stores: context.stores } : {}),
  });
  const names = `${basename(paths[0]!)}${paths.length > 1 ? ` to ${basename(paths.at(-1)!)}` : ""}`;
  return {
    ...probe,
    summary: [`${paths.length} ${paths.length === 1 ? "file" : "files"}: ${names}`, ...probe.summary],
  };
}

/** A gap in the numbers of the names may be a section that was lost: the files are taken as neighbours, which is said. */
function numberingWarnings(paths: readonly string[]): string[] {
  const numbers = paths.map((path) => /(\d+)(?!.*\d)/.exec(basename(path).replace(/\.[^.]*$/, ""))?.[1]);
  if (numbers.some((number) => number === undefined)) return [];
  const values = numbers.map(Number);
  const gaps: number[] = [];
  for (let i = 1; i < values.length; i++) {
    const [before, here] = [values[i - 1]!, values[i]!];
    if (here <= before) return []; // no running number
    for (let missing = before + 1; missing < here && gaps.length < 1000; missing++) gaps.push(missing);
  }
  return gaps.length
    ? [`the numbers ${listRanges(gaps)} are missing between the files' names; the files are taken as neighbours`]
    : [];
}
