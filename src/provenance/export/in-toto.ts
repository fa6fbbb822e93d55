/**
 * in-toto statements with SLSA provenance, one per run, signed as DSSE envelopes where there is a key.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @see https://slsa.dev/spec/v1.0/provenance
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { stringifyLossless } from "../../core/json/stringify.js";
import type { JsonObject } from "../../core/json/value.js";
import { sha256Hex } from "../objects.js";
import type { CodeEnvSummary } from "../read.js";
import type { ExportFacts, ExportRun } from "./facts.js";

/** For every run with events: the notes of other tools name no digests that could be verified. */
export const inTotoStatements = (facts: ExportFacts): JsonObject[] =>
  facts.runs
    .filter(({ urn }) => urn !== null)
    .map((run, i, all) => statement(run, i === all.length - 1 ? facts : withoutContent(facts)));

/** What is there now is no product of a run after which others wrote. */
const withoutContent = (facts: ExportFacts): ExportFacts => ({ ...facts, infoSha256: null, chunks: null });

function statement(run: ExportRun, facts: ExportFacts): JsonObject {
  const { urn, jobId, startedAt, endedAt, status, software, end } = run;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects(run, facts),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:cirrus:job:v1",
        externalParameters: {
          task: run.task,
          parameters: run.parameters,
          ...(run.motivation && { motivation: run.motivation }),
          destination: facts.summary.url,
        },
        internalParameters: { ...(run.argv && { command: run.argv }), ...(jobId && { job: jobId }) },
        resolvedDependencies: [
          ...run.inputs.map(inputDescriptor),
          ...run.codeEnvs.flatMap(codeDescriptors(run, facts)),
        ],
      },
      runDetails: {
        builder: {
          id: `urn:cirrus:agent:${software.name.replaceAll(" ", "-")}`,
          version: { [software.name]: software.version },
        },
        metadata: {
          invocationId: urn,
          ...(startedAt && { startedOn: startedAt }),
          ...(endedAt && { finishedOn: endedAt }),
        },
        byproducts: run.events.map(({ key, digest }) => ({
          name: key,
          digest: { sha256: bare(digest) },
          ...(key === run.events.at(-1)?.key && end ? { annotations: { status: status ?? "unknown" } } : {}),
        })),
      },
    },
  };
}

/** The list of a run's manifests stands for every chunk that it wrote. */
function subjects({ end, events }: ExportRun, { infoSha256, summary, chunks }: ExportFacts): JsonObject[] {
  const { manifestIndex, tree } = (end?.outputs ?? {}) as {
    readonly manifestIndex?: { readonly key: string; readonly sha256: string };
    readonly tree?: unknown;
  };
  const found: JsonObject[] = [
    ...(infoSha256 ? [{ name: "info", digest: { sha256: infoSha256 } }] : []),
    ...(manifestIndex ? [{ name: manifestIndex.key, digest: { sha256: manifestIndex.sha256 } }] : []),
    ...(typeof tree === "string" ? [{ name: `${summary.url} (chunks)`, digest: { cirrusTree: bare(tree) } }] : []),
    ...(chunks ? [{ name: summary.url, digest: { zarrChecksum: chunks.zarrChecksum } }] : []),
  ];
  // A statement is about something: a run that has written nothing yet, about its own record.
  return found.length
    ? found
    : events.slice(0, 1).map(({ key, digest }) => ({ name: key, digest: { sha256: bare(digest) } }));
}

const bare = (digest: string): string => digest.replace(/^sha256:/, "");

const inputDescriptor = ({ uri, digest, listKey, version }: ExportRun["inputs"][number]): JsonObject => ({
  uri,
  ...(digest && { digest: { sha256: bare(digest) } }),
  // The digest of many objects is that of the list of their digests.
  ...(listKey || version ? { annotations: { ...(listKey && { list: listKey }), ...(version && { version }) } } : {}),
});

const codeDescriptors =
  ({ envDigests }: ExportRun, { summary }: ExportFacts) =>
  ({ file, document }: CodeEnvSummary): JsonObject[] => {
    const sha256 = envDigests.get(file);
    const own = { uri: `${summary.url}/${file}`, ...(sha256 && { digest: { sha256 } }) };
    const [url, commit] = [document?.["name"], document?.["commit hash"]];
    const isGit = typeof url === "string" && url !== "" && typeof commit === "string" && commit !== "";
    return isGit ? [own, { uri: `git+${url}@${commit}`, digest: { gitCommit: commit } }] : [own];
  };

const payloadType = "application/vnd.in-toto+json";

/** @param key - Ed25519 */
export function dsseEnvelope(content: JsonObject, key: KeyObject): JsonObject {
  const payload = Buffer.from(stringifyLossless(content, "canonical"));
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const sig = sign(null, preAuthentication(payload), key).toString("base64");
  return { payloadType, payload: payload.toString("base64"), signatures: [{ keyid: sha256Hex(spki), sig }] };
}

/** What is signed: `DSSEv1 <length> <type> <length> <payload>`. */
export const preAuthentication = (payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
