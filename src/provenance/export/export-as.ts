/** Facts -> the document of a format. */
import { stringifyLossless } from "../../core/json/stringify.js";
import { readPrivateKey } from "../signing.js";
import type { ExportFacts } from "./facts.js";
import { dsseEnvelope, inTotoStatements } from "./in-toto.js";
import { markdown } from "./markdown.js";
import { provJson } from "./prov-json.js";
import { roCrate } from "./ro-crate.js";

export type ExportFormat = "prov-json" | "ro-crate" | "in-toto" | "markdown";

export interface ExportSettings {
  /** URL of the data's license, for `ro-crate`. */
  readonly license?: string | undefined;
  /** PEM file of an Ed25519 private key, for `in-toto`. */
  readonly signKeyFile?: string | undefined;
}

/**
 * @returns text without a newline at the end; `in-toto` has one document a line
 * @throws CirrusError `E_SIGN_KEY`
 */
export async function exportAs(format: ExportFormat, facts: ExportFacts, settings: ExportSettings): Promise<string> {
  switch (format) {
    case "prov-json":
      return stringifyLossless(provJson(facts), "pretty");
    case "ro-crate":
      return stringifyLossless(roCrate(facts, settings.license), "pretty");
    case "markdown":
      return markdown(facts);
    case "in-toto": {
      const { signKeyFile } = settings;
      const key = signKeyFile === undefined ? undefined : await readPrivateKey(signKeyFile);
      const statements = inTotoStatements(facts);
      const documents = key ? statements.map((statement) => dsseEnvelope(statement, key)) : statements;
      return documents.map((document) => stringifyLossless(document, "canonical")).join("\n");
    }
  }
}
