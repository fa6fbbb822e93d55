/** `cirrus provenance lint`: what keeps readers from a volume's provenance file. */
import type { LintReport } from "../../provenance/lint.js";
import { defineCommand } from "../command.js";

export const provenanceLint = defineCommand({
  name: "provenance lint",
  summary: "find, and mend, what keeps readers from a volume's provenance file",
  description: `Looks for what CloudVolume, provenance-toolbox or cirrus-volume cannot read or would lose in a volume's "provenance" file: doubled
sources, sources that are no text, keys that CloudVolume refuses, JSON5, descriptions that are no notes, entries of Igneous, people written
as b'…', numbers over 64 bits. With --fix it writes the file anew without them; the file as it was is kept in provenance.d/replaced.
Ends with 3 when there are findings that were not mended.`,
  examples: [
    ["cirrus provenance lint ./volume", "look"],
    ["cirrus provenance lint gs://bucket/volume --fix", "and mend"],
  ],
  declare: (command) => command.argument("<path>", "the volume").option("--fix", "mend what was found"),
  run: async ({ args: [path], options }, { settings, warn }): Promise<LintReport> => {
    const [known, { storeOptions }, { lintProvenance, fixProvenance }, { requireVolume }] = await Promise.all([
      settings(),
      import("../settings.js"),
      import("../../provenance/lint.js"),
      import("../require-volume.js"),
    ]);
    const store = storeOptions(known);
    const report = await (options.fix ? fixProvenance(path, { store }) : lintProvenance(path, store));
    for (const text of report.warnings) warn(text);
    if (report.key === null) await requireVolume(path, store);
    return report;
  },
  render: ({ key, findings, keptAs }, style) => {
    if (key === null) return style.yellow("This volume has no provenance file.");
    if (!findings.length) return style.green("every reader takes this provenance file");
    const lines = findings.map(({ level, where, what }) => {
      const paint = level === "error" ? style.red : style.yellow;
      return `${paint(level.padEnd(7))}  ${where ? `${where}: ` : ""}${what}`;
    });
    return [...lines, ...(keptAs === null ? [] : [`mended; the file as it was is ${keptAs}`])].join("\n");
  },
  exitCode: ({ findings, keptAs }) => (findings.length && keptAs === null ? 3 : 0),
});
