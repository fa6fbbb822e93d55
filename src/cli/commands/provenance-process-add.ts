/** `cirrus provenance process add`: documents work that another tool did. */
import { Option } from "@commander-js/extra-typings";
import { isJsonObject } from "../../core/json/value.js";
import type { CodeEnv } from "../../provenance/model/code-env.js";
import { nameSource } from "../named-source.js";
import type { Snapshot } from "../../verify/snapshot.js";
import { defineCommand } from "../command.js";
import { everyFiveSeconds } from "../every-five-seconds.js";
import { formatBytes, formatCounted } from "../format.js";
import { byOption, collect, parseText, parseTime } from "../provenance-options.js";

interface AddedProcess {
  readonly path: string;
  readonly task: string;
  /** Null with `--dry-run`. */
  readonly recordKey: string | null;
  readonly warnings: readonly string[];
  readonly codeEnvs: readonly { readonly kind: string; readonly name: string; readonly isDirty: boolean }[];
  /** Digests of all that is in the volume; null where none were taken. */
  readonly snapshot: Snapshot | null;
}

export const provenanceProcessAdd = defineCommand({
  name: "provenance process add",
  summary: "document work that another tool did on a volume",
  description: `Documents work that another tool did: an entry of the volume's "processing" that provenance-toolbox and CloudVolume read, its
environments as files beside it, and an event. The volume may be anybody's. A process with the same task and parameters is there once,
unless --duplicate is given. Then reads the volume once and records the digest of every object, so that \`cirrus provenance check\` and
\`cirrus verify\` tell what is changed later; --no-chunks leaves that out.`,
  examples: [
    [
      "cirrus provenance process add ./seg --task 'agglomerate block 3' --parameters run.yaml --git ../segmenter",
      "what was run, and with which code",
    ],
    [
      "cirrus provenance process add gs://bucket/seg --task watershed --docker lab/ws:2025.1 --source gs://bucket/affinities",
      "in a container, from another volume",
    ],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume")
      .requiredOption("--task <text>", "what was done", parseText)
      .option("--parameters <file>", "with which parameters: JSON, YAML, TOML or INI; - is standard input")
      .option("--git <folder>", "code that ran: a folder of a git repository; several times for several", collect)
      .option("--docker <image>", "container image that it ran in", collect)
      .option("--docker-id <id>", "its id, where neither docker nor podman here knows it: sha256:…")
      .option("--include-packages", "list the Python packages in the image, by running it")
      .option("--node <folder>", "Node project, by its package-lock.json", collect)
      .option("--conda <prefix>", "conda environment", collect)
      .option("--uv <folder>", "uv project, by its uv.lock", collect)
      .option("--system", "it ran on this machine: record it")
      .option("--source <uri>", "what it read; several times for several", collect)
      .option("--motivation <text>", "why")
      .option("--started <time>", "when it began; UTC unless a zone is said", parseTime)
      .option("--ended <time>", "when it ended", parseTime)
      .addOption(new Option("--status <status>", "how it ended").choices(["completed", "failed"]).default("completed"))
      .addOption(byOption())
      .option("--no-chunks", "take no digests of what is in the volume")
      .option("--duplicate", "log it though it is there already")
      .option("--dry-run", "find everything out and write nothing"),
  run: async ({ args: [path], options }, { settings, io, tell, warn }): Promise<AddedProcess> => {
    const [known, { storeOptions }, environments, { readParameters }, { logProcess }, { codeEnvFile }] =
      await Promise.all([
        settings(),
        import("../settings.js"),
        import("../../provenance/environments.js"),
        import("../../provenance/read-parameters.js"),
        import("../../provenance/work.js"),
        import("../../provenance/env-files.js"),
      ]);
    const { task, motivation, started, ended, by } = options;
    const { GitEnv, DockerEnv, NodeEnv, CondaEnv, UvEnv, SystemEnv } = environments;
    const docker = {
      ...(options.dockerId !== undefined && { imageId: options.dockerId }),
      includePackages: options.includePackages === true,
    };
    const parameters = options.parameters === undefined ? {} : await readParameters(options.parameters);
    const codeEnvs: CodeEnv[] = await Promise.all([
      ...(options.git ?? []).map((folder) => GitEnv(folder)),
      ...(options.docker ?? []).map((image) => DockerEnv(image, docker)),
      ...(options.node ?? []).map(NodeEnv),
      ...(options.conda ?? []).map(CondaEnv),
      ...(options.uv ?? []).map(UvEnv),
      ...(options.system ? [SystemEnv()] : []),
    ]);
    const data = { path, task, codeEnvs: codeEnvs.map((env) => ({ kind: env.kind, name: codeEnvFile(env).file, isDirty: isDirty(env) })) }; // prettier-ignore
    const sources = await Promise.all((options.source ?? []).map((text) => nameSource(text, io.cwd)));
    const process = { description: task, parameters, codeEnvs };
    const { recordKey, warnings: noticed } = await logProcess(path, process, {
      store: storeOptions(known),
      status: options.status === "failed" ? "failed" : "completed",
      duplicate: options.duplicate === true,
      dryRun: options.dryRun === true,
      ...(sources.length && { sources: sources.map(({ uri }) => uri) }),
      ...(motivation !== undefined && { motivation }),
      ...(started !== undefined && { startedAt: started }),
      ...(ended !== undefined && { endedAt: ended }),
      ...(by && { who: by }),
    });
    const warnings = [...sources.flatMap(({ warning }) => warning ?? []), ...noticed];
    for (const text of warnings) warn(text);
    if (recordKey === null || !options.chunks) return { ...data, recordKey, warnings, snapshot: null };
    const [{ snapshotIfVolume }, { changedText }] = await Promise.all([
      import("../../verify/snapshot.js"),
      import("../../provenance/model/changed-text.js"),
    ]);
    const onProgress = everyFiveSeconds((done, total) => tell(`${done} of ${total} objects read`));
    const who = by && { who: by };
    const snapshot = await snapshotIfVolume(path, { store: storeOptions(known), onProgress, ...who });
    const altered = snapshot?.changed
      ? [
          `not as documented before, and recorded as such: ${changedText(snapshot.changed)}; if "${task}" did not do that, something else has`,
        ]
      : [];
    for (const text of altered) warn(text);
    return { ...data, recordKey, warnings: [...warnings, ...altered], snapshot };
  },
  render: ({ path, task, recordKey, codeEnvs, snapshot }) =>
    [
      recordKey === null ? `would add "${task}" to ${path}` : `"${task}" added to ${path}`,
      ...codeEnvs.map((env) => `  ${env.kind}  ${env.name}${env.isDirty ? "  with uncommitted changes" : ""}`),
      ...(snapshot
        ? [`  digests of ${formatCounted(snapshot.objects, "object")}, ${formatBytes(snapshot.bytes)}`]
        : []),
    ].join("\n"),
});

/** As the environment's file says it. */
function isDirty({ document: { cirrus } }: CodeEnv): boolean {
  return isJsonObject(cirrus) && cirrus.dirty === true;
}
