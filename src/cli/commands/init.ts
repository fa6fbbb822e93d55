/** `cirrus init`: looks at files and writes a job config for them. */
import { access, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CirrusError, codeOf } from "../../core/errors.js";
import { cannotWriteFile } from "../cannot-write-file.js";
import { defineCommand } from "../command.js";
import { configText } from "../draft-config.js";
import { parsePositiveTriple } from "../options.js";

export const init = defineCommand({
  name: "init",
  summary: "look at image files and write a job config for them",
  description: `Looks at image files (names and headers, no pixels) and writes a job config: the layout, the extent, the data type, and the
resolution where tags tell it. What no file can tell is left blank and named at the end. Relative paths in the config are
relative to its folder: that of --out, else the current one.`,
  examples: [
    ["cirrus init ./stack --out job.json", "a folder of CATMAID tiles"],
    ["cirrus init sections/*.tif --resolution-nm 4,4,50 > job.json", "TIFF files, the resolution known"],
    [
      "cirrus init 'stack/s<p:4>.png'",
      "a pattern of names: <> or <z> the section, <x> and <y> column and row of a tile",
    ],
    ["cirrus init gs://bucket/stack --out job.json", "a stack in a bucket"],
    ["cirrus init ./data --plugin ./my-plugin.mjs", "files that a plugin of yours reads"],
  ],
  declare: (command) =>
    command
      .argument(
        "<paths...>",
        "files, or the folder that holds them; URLs (gs://, s3://, https:// of a volume or of files) too",
      )
      .option("-o, --out <file>", "write the config here instead of printing it")
      .option("--force", "replace the file of --out")
      .option("--resolution-nm <x,y,z>", "size of a voxel in nm, when no tag tells it", parsePositiveTriple)
      .option("--destination <path>", "where the volume shall be", "./volume")
      .option(
        "--plugin <name>",
        "a source of `cirrus plugins`, a path, or an installed package; default: the one that recognises the files",
      ),
  run: async ({ args: [paths], options }, { io: { cwd }, tell, warn, settings }) => {
    const out = options.out === undefined ? undefined : resolve(cwd, options.out);
    if (out !== undefined && !options.force) await requireAbsent(out);
    const [
      { findSource, placeOf, relativeTo, withRelativePaths },
      { blanksOf, draftConfig },
      { describeSource },
      { jobConfigSchemaUrl },
      { storeOptions },
      { patternIn },
    ] = await Promise.all([
      import("../find-source.js"),
      import("../draft-config.js"),
      import("../describe-source.js"),
      import("../schema-file.js"),
      import("../settings.js"),
      import("../../tiles/stack/name-pattern.js"),
    ]);

    const stores = storeOptions(await settings());
    const { plugin, pluginName, params } = await findSource({ paths, cwd, pluginName: options.plugin, stores });
    const probe = await plugin.probe(plugin.params.parse(params), { baseFolder: cwd, stores });
    const configFolder = out === undefined ? cwd : dirname(out);
    const asWritten = { paths, cwd, configFolder };
    const config = draftConfig({
      pluginName: /^\.{1,2}[/\\]/.test(pluginName) ? relativeTo(configFolder, resolve(cwd, pluginName)) : pluginName,
      params: withRelativePaths(params, asWritten),
      probe,
      resolutionNm: options.resolutionNm,
      destination: options.destination.includes("://")
        ? options.destination
        : relativeTo(configFolder, resolve(cwd, options.destination)),
      sources: sourcesOf(paths.map((path) => placeOf(cwd, path)).map((path) => patternIn(path)?.root ?? path)),
      schemaUrl: jobConfigSchemaUrl(),
    });
    if (out !== undefined) await write(out, configText(config), options.force === true);

    const blanks = blanksOf(config);
    const { lines, warnings } = describeSource(plugin.name, probe, config);
    for (const line of lines) tell(line);
    for (const line of warnings) warn(line);
    tell(`to fill in: ${blanks.join(", ")}`);
    const keep = out === undefined ? "keep it in a file (--out job.json does), and " : "";
    tell(`then: ${keep}cirrus ingest ${options.out ?? "job.json"} --dry-run`);
    const found = { ...probe, missing: probe.missing.slice(0, 100), odd: probe.odd.slice(0, 100) };
    return { file: out ?? null, config, blanks, found };
  },
  render: ({ file, config }) => (file === null ? configText(config) : ""),
});

/** A handful of paths as they are; of many, their folders. */
function sourcesOf(paths: readonly string[]): string[] {
  return paths.length <= 10 ? [...paths] : [...new Set(paths.map((path) => dirname(path)))];
}

async function requireAbsent(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) throw alreadyThere(file);
}

async function write(file: string, text: string, replaces: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: replaces ? "w" : "wx" });
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") throw alreadyThere(file);
    throw cannotWriteFile(file, cause);
  }
}

const alreadyThere = (file: string): CirrusError =>
  new CirrusError("E_USAGE", `${file} exists already`, {
    context: { file },
    hint: "choose another --out, or add --force to replace it",
  });
