/** `cirrus copy`: a volume becomes another one: moved, re-chunked, re-encoded, a part of it. */
import { Option } from "@commander-js/extra-typings";
import type { DryRun } from "../../ingest/dry-run.js";
import { defineCommand } from "../command.js";
import { formatDryRun } from "../format-dry-run.js";
import { formatRun, type RunResult } from "../format-run.js";
import { ingestConfig, planConfig } from "../ingest-config.js";
import { exitCodeOfRun } from "../job-exit.js";
import { memoryOption, parsePositiveTriple, parseWholeNumber, processesOption, progressOption } from "../options.js";

type CopyData = { readonly dryRun: DryRun } | { readonly run: RunResult };

export const copy = defineCommand({
  name: "copy",
  summary: "make a volume out of another one",
  description: `Reads a precomputed or Zarr volume, wherever it is, and writes a precomputed one with chunks, encoding and coarser mips of its own, as a
job like any other: it survives anything, and the record names the volume that was read. Voxels stay where they were.`,
  examples: [
    ["cirrus copy gs://bucket/volume ./volume --motivation 'work offline'", "all of it"],
    [
      "cirrus copy ./labels.zarr ./labels --chunk-size 128,128,32 --motivation 'for Neuroglancer'",
      "from Zarr, other chunks",
    ],
    ["cirrus copy ./volume s3://bucket/volume --sharding auto --motivation 'to share'", "into few objects"],
    ["cirrus copy ./volume ./small --mip 2 --motivation 'a preview' --dry-run", "from a coarser mip; only the plan"],
  ],
  declare: (command) =>
    command
      .argument("<source>", "the volume to read")
      .argument("<destination>", "the volume to make")
      .requiredOption("--motivation <text>", "why, for the provenance")
      .option("--mip <n>", "scale of the source that becomes mip 0", parseWholeNumber, 0)
      .option("--chunk-size <x,y,z>", "voxels of a chunk", parsePositiveTriple)
      .option("--encoding <name>", "as destination.encoding of a job config", "raw")
      .option("--compression <name>", "as destination.compression of a job config", "auto")
      .addOption(
        new Option("--sharding <how>", "auto: many chunks in one file or object")
          .choices(["auto", "none"] as const)
          .default("none" as const),
      )
      .option("--array <path>", "Zarr: path of the array below the source")
      .option("--axes <letters>", "Zarr: the array's axes, the slowest first")
      .option("--resolution-nm <x,y,z>", "size of a voxel, where the source does not tell it", parsePositiveTriple)
      .addOption(
        new Option("--type <type>", "image or segmentation; default: the source's").choices([
          "image",
          "segmentation",
        ] as const),
      )
      .addOption(
        new Option(
          "--missing <policy>",
          "chunks that the source does not have: fail their task, or fill with 0 and list them",
        )
          .choices(["fail", "fill"] as const)
          .default("fail" as const),
      )
      .option("--dry-run", "show the plan and write nothing")
      .option("--overwrite", "replace the chunks that are there already")
      .addOption(processesOption())
      .addOption(memoryOption())
      .option("--max-failures <n>", "stop when more tasks than this failed", parseWholeNumber)
      .option("--no-fsync", "do not wait until chunks are on the disk; for scratch volumes")
      .addOption(progressOption()),
  run: async ({ args: [source, destination], options }, context): Promise<CopyData> => {
    const settings = await context.settings();
    const [{ copyConfig }, { storeOptions }] = await Promise.all([
      import("../../ingest/copy-config.js"),
      import("../settings.js"),
    ]);
    const loaded = await copyConfig({
      source,
      destination,
      motivation: options.motivation,
      mip: options.mip,
      encoding: options.encoding,
      compression: options.compression,
      sharding: options.sharding === "auto" ? "auto" : null,
      missing: options.missing,
      chunkSize: options.chunkSize,
      resolutionNm: options.resolutionNm,
      type: options.type,
      zarr: { array: options.array, axes: options.axes },
      cwd: context.io.cwd,
      stores: storeOptions(settings),
    });
    const { maxFailures, overwrite, fsync } = options;
    const choices = { maxFailures, overwrite, fsync, logFile: undefined, rampSeconds: undefined };
    if (options.dryRun) return { dryRun: await planConfig(loaded, choices, context) };
    return { run: await ingestConfig(loaded, choices, context) };
  },
  render: (data, style) => ("dryRun" in data ? formatDryRun(data.dryRun, style) : formatRun(data.run, style)),
  exitCode: (data, interrupted) => ("dryRun" in data ? 0 : (exitCodeOfRun(data.run) ?? interrupted ?? 1)),
});
