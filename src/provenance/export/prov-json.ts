/**
 * W3C PROV in JSON. Each run makes a state of the volume; the volume is what all of them are states of.
 *
 * @see https://www.w3.org/submissions/prov-json/
 */
import { stringifyLossless } from "../../core/json/stringify.js";
import type { JsonObject, JsonValue } from "../../core/json/value.js";
import type { ExportFacts, ExportRun } from "./facts.js";

type Section = Record<string, JsonValue>;

const qualified = (name: string): JsonValue => ({ $: name, type: "prov:QUALIFIED_NAME" });

export function provJson(facts: ExportFacts): JsonObject {
  const document = new Document();
  const { summary, runs, chunks, infoSha256, name } = facts;
  document.add("entity", "cirrus:volume", {
    "prov:type": qualified("cirrus:PrecomputedVolume"),
    "prov:label": name,
    "cirrus:url": summary.url,
    ...(infoSha256 && { "cirrus:infoDigest": `sha256:${infoSha256}` }),
    ...(chunks && { "cirrus:zarrChecksum": chunks.zarrChecksum, "cirrus:bytes": chunks.bytes }),
    ...(summary.motivations.length ? { "cirrus:motivation": summary.motivations } : {}),
  });
  for (const source of summary.sources) document.source(source);
  let before: string | undefined;
  for (const run of runs) before = addRun(document, run, before);
  return document.json();
}

/** @returns the state of the volume after the run */
function addRun(document: Document, run: ExportRun, before: string | undefined): string {
  const activity = `cirrus:${run.name}`;
  const state = `cirrus:volume-after-${run.name}`;
  document.add("activity", activity, {
    ...(run.startedAt && { "prov:startTime": run.startedAt }),
    ...(run.endedAt && { "prov:endTime": run.endedAt }),
    "prov:label": run.task,
    "cirrus:parameters": stringifyLossless(run.parameters, "canonical"),
    ...(run.status && { "cirrus:status": run.status }),
    ...(run.jobId && { "cirrus:job": run.jobId }),
    ...(run.argv && { "cirrus:command": run.argv.join(" ") }),
    ...(run.motivation && { "cirrus:motivation": run.motivation }),
  });
  const tree = run.end?.outputs?.["tree"];
  document.add("entity", state, {
    "prov:type": qualified("cirrus:VolumeState"),
    ...(typeof tree === "string" && { "cirrus:treeDigest": tree }),
  });
  document.relate("specializationOf", { "prov:specificEntity": state, "prov:generalEntity": "cirrus:volume" });
  document.relate("wasGeneratedBy", {
    "prov:entity": state,
    "prov:activity": activity,
    ...(run.endedAt && { "prov:time": run.endedAt }),
  });
  if (before !== undefined)
    document.relate("wasDerivedFrom", {
      "prov:generatedEntity": state,
      "prov:usedEntity": before,
      "prov:type": qualified("prov:Revision"),
    });
  for (const input of run.inputs) {
    const source = document.source(input.uri, input.digest);
    document.relate("used", { "prov:activity": activity, "prov:entity": source });
    document.relate("wasDerivedFrom", {
      "prov:generatedEntity": state,
      "prov:usedEntity": source,
      "prov:activity": activity,
    });
  }
  for (const { file, type, document: env } of run.codeEnvs) {
    const commit = env?.["commit hash"];
    const entity = document.named("code", file, {
      "prov:type": qualified("cirrus:CodeEnvironment"),
      "prov:label": file,
      ...(type && { "cirrus:kind": type }),
      ...(typeof commit === "string" && commit && { "cirrus:commit": commit }),
    });
    document.relate("used", { "prov:activity": activity, "prov:entity": entity, "prov:role": "code" });
  }
  const { name, version } = run.software;
  const software = document.agent(`${name} ${version}`, "prov:SoftwareAgent", { "cirrus:version": version });
  document.relate("wasAssociatedWith", { "prov:activity": activity, "prov:agent": software });
  const person = run.who.email ?? run.who.name ?? run.who.user;
  if (person !== undefined) {
    const { email, orcid } = run.who;
    const agent = document.agent(run.who.name ?? person, "prov:Person", {
      ...(email && { "cirrus:email": email }),
      ...(orcid && { "cirrus:orcid": orcid }),
    });
    document.relate("wasAssociatedWith", { "prov:activity": activity, "prov:agent": agent });
    document.relate("actedOnBehalfOf", {
      "prov:delegate": software,
      "prov:responsible": agent,
      "prov:activity": activity,
    });
    document.relate("wasAttributedTo", { "prov:entity": state, "prov:agent": agent });
  }
  return state;
}

/** Numbers names, so that no text of people becomes part of a qualified name. */
class Document {
  readonly #sections: Record<string, Section> = {};
  readonly #names = new Map<string, string>();

  add(section: string, name: string, attributes: Section): void {
    (this.#sections[section] ??= {})[name] = attributes;
  }

  /** Once per kind and text; attributes of the first time count. */
  named(kind: string, text: string, attributes: Section, section = "entity"): string {
    const key = JSON.stringify([kind, text]);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = `cirrus:${kind}-${[...this.#names.keys()].filter((each) => each.startsWith(`["${kind}"`)).length + 1}`;
    this.#names.set(key, name);
    this.add(section, name, attributes);
    return name;
  }

  source(uri: string, digest?: string): string {
    const entity = this.named("source", uri, { "prov:label": uri, "cirrus:uri": uri });
    if (digest === undefined) return entity;
    const seen = this.named("source-state", `${uri} ${digest}`, { "prov:label": uri, "cirrus:digest": digest });
    this.relateOnce("specializationOf", { "prov:specificEntity": seen, "prov:generalEntity": entity });
    return seen;
  }

  agent(text: string, type: string, attributes: Section): string {
    const all = { "prov:type": qualified(type), "prov:label": text, ...attributes };
    return this.named(type === "prov:Person" ? "person" : "software", text, all, "agent");
  }

  relate(section: string, attributes: Section): void {
    const count = Object.keys(this.#sections[section] ?? {}).length;
    this.add(section, `_:${section}${count + 1}`, attributes);
  }

  relateOnce(section: string, attributes: Section): void {
    const text = JSON.stringify(attributes);
    const isKnown = Object.values(this.#sections[section] ?? {}).some((each) => JSON.stringify(each) === text);
    if (!isKnown) this.relate(section, attributes);
  }

  json(): JsonObject {
    return { prefix: { cirrus: "urn:cirrus:provenance:" }, ...this.#sections };
  }
}
