/**
 * RO-Crate 1.1 by the Process Run Crate profile 0.5: one action per run.
 *
 * @see https://www.researchobject.org/workflow-run-crate/profiles/process_run_crate/
 */
import { stringifyLossless } from "../../core/json/stringify.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json/value.js";
import type { Who } from "../model/event.js";
import type { CodeEnvSummary } from "../read.js";
import type { ExportFacts, ExportRun } from "./facts.js";

const profile = "https://w3id.org/ro/wfrun/process/0.5";

export function roCrate(facts: ExportFacts, license: string | undefined): JsonObject {
  const { summary, runs, time, name, chunks } = facts;
  const graph = new Map<string, JsonObject>();
  const add = (entity: JsonObject & { readonly "@id": string }): JsonObject => {
    if (!graph.has(entity["@id"])) graph.set(entity["@id"], entity);
    return { "@id": entity["@id"] };
  };
  const actions = runs.map((run, i) => action(run, { facts, isFirst: i === 0, add }));
  const { motivations } = summary;
  return {
    "@context": ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"],
    "@graph": [
      {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        about: { "@id": "./" },
        conformsTo: { "@id": "https://w3id.org/ro/crate/1.1" },
      },
      {
        "@id": "./",
        "@type": "Dataset",
        conformsTo: { "@id": profile },
        name: `Provenance of ${name}`,
        description: motivations.length ? motivations.join("\n") : `Where the volume ${summary.url} comes from`,
        datePublished: time,
        license: license ?? "No license is recorded with the volume.",
        hasPart: [{ "@id": summary.url }],
        mentions: actions,
      },
      { "@id": profile, "@type": "CreativeWork", name: "Process Run Crate", version: "0.5" },
      {
        "@id": summary.url,
        "@type": "Dataset",
        name,
        ...(chunks && { contentSize: String(chunks.bytes), identifier: `zarr-checksum:${chunks.zarrChecksum}` }),
      },
      ...graph.values(),
    ],
  };
}

interface ActionContext {
  readonly facts: ExportFacts;
  /** The others change what is there. */
  readonly isFirst: boolean;
  readonly add: (entity: JsonObject & { readonly "@id": string }) => JsonObject;
}

function action(run: ExportRun, { facts, isFirst, add }: ActionContext): JsonObject {
  const { name, version } = run.software;
  const software = add({
    "@id": `#software-${slug(`${name}-${version}`)}`,
    "@type": "SoftwareApplication",
    name,
    softwareVersion: version,
  });
  const code = run.codeEnvs.map((env) => add(codeEntity(env)));
  const images = run.codeEnvs.filter(({ type }) => type === "Docker").map((env) => add(imageEntity(env)));
  const person = personEntity(run.who);
  const inputs = run.inputs.map(({ uri, digest }) =>
    add({ "@id": idOf(uri), "@type": "Dataset", name: uri, ...(digest && { identifier: digest }) }),
  );
  const parameters = Object.entries(run.parameters).map(([key, value]) =>
    add({
      "@id": `#${run.name}-parameter-${slug(key)}`,
      "@type": "PropertyValue",
      name: key,
      value: typeof value === "string" ? value : stringifyLossless(value, "canonical"),
    }),
  );
  return add({
    "@id": run.urn ?? `#${run.name}`,
    "@type": isFirst ? "CreateAction" : "UpdateAction",
    name: run.task || "unnamed process",
    ...(run.argv && { description: run.argv.join(" ") }),
    ...(run.startedAt && { startTime: run.startedAt }),
    ...(run.endedAt && { endTime: run.endedAt }),
    ...(person && { agent: add(person) }),
    instrument: [software, ...code],
    object: [...inputs, ...parameters],
    result: [{ "@id": facts.summary.url }],
    ...statusOf(run),
    ...(images.length ? { containerImage: images } : {}),
  });
}

function statusOf({ status, end }: ExportRun): JsonObject {
  switch (status) {
    case "completed":
      return { actionStatus: "http://schema.org/CompletedActionStatus" };
    case "running":
      return { actionStatus: "http://schema.org/ActiveActionStatus" };
    case null:
      return {};
    default:
      return { actionStatus: "http://schema.org/FailedActionStatus", error: end?.message ?? String(status) };
  }
}

/** Git is source code; what else an environment file tells is an application. */
function codeEntity({ file, type, document }: CodeEnvSummary): JsonObject & { readonly "@id": string } {
  const field = (key: string): string | undefined => {
    const value = document?.[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const url = field("name");
  const version = field("commit hash") ?? field("node version") ?? field("release") ?? field("tag");
  return {
    "@id": `#code-${slug(file)}`,
    "@type": type === "PythonGithub" ? "SoftwareSourceCode" : "SoftwareApplication",
    name: file,
    ...(version && { softwareVersion: version }),
    ...(url && /^https?:/.test(url) && { url }),
    ...requirements(document),
  };
}

/** `[name, version]` pairs, as provenance-toolbox writes them. */
function requirements(document: JsonObject | null): JsonObject {
  const packages = Array.isArray(document?.["packages"]) ? (document["packages"] as readonly JsonValue[]) : [];
  const names = packages.flatMap((each) => (Array.isArray(each) ? [each.map(String).join("==")] : []));
  return names.length ? { softwareRequirements: names } : {};
}

function imageEntity({ file, document }: CodeEnvSummary): JsonObject & { readonly "@id": string } {
  const text = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");
  const own = document?.["cirrus"];
  const digests = isJsonObject(own) && Array.isArray(own["repo digests"]) ? own["repo digests"].map(String) : [];
  const sha256 = digests[0]?.split("@sha256:")[1];
  const parts = text(document?.["image name"]).split("/");
  const registry = parts.length > 1 && /[.:]/.test(parts[0]!) ? parts.shift() : "docker.io";
  return {
    "@id": `#image-${slug(file)}`,
    "@type": "ContainerImage",
    additionalType: { "@id": "https://w3id.org/ro/terms/workflow-run#DockerImage" },
    registry: registry ?? "docker.io",
    name: parts.join("/"),
    tag: text(document?.["tag"]),
    ...(sha256 && { sha256 }),
  };
}

function personEntity({ name, email, orcid, user }: Who): (JsonObject & { readonly "@id": string }) | undefined {
  const known = name ?? email ?? user;
  if (known === undefined) return undefined;
  return {
    "@id": orcid
      ? `https://orcid.org/${orcid.replace(/^https?:\/\/orcid\.org\//, "")}`
      : `#person-${slug(email ?? known)}`,
    "@type": "Person",
    name: known,
    ...(email && { email }),
  };
}

/** URLs name themselves; other sources are things that this document alone speaks of. */
const idOf = (uri: string): string =>
  /^[a-z][a-z0-9+.-]+:\/\/\S+$/i.test(uri) ? encodeURI(decoded(uri)) : `#source-${slug(uri)}`;

function decoded(uri: string): string {
  try {
    return decodeURI(uri);
  } catch {
    return uri;
  }
}

const slug = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[%'()*!]/g, "_")
    .slice(0, 200);
