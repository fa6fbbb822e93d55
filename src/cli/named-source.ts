/** Sources as people type them: a place here is recorded so that it means the same from anywhere. */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";

export interface NamedSource {
  /** URLs, and texts that name no place here, as they were typed; paths absolute. */
  readonly uri: string;
  /** For people: nothing is there. */
  readonly warning?: string;
}

/** Never fails: a source may be gone, or be the name of a data set. */
export async function nameSource(text: string, cwd: string): Promise<NamedSource> {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return { uri: text };
  const path = resolve(cwd, text.replace(/^~(?=\/|$)/, homedir()));
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return { uri: path };
  if (/^(?:\.{0,2}|~)\//.test(text)) return { uri: path, warning: `--source: nothing is at ${path}` };
  return { uri: text, warning: `--source: "${text}" is neither a URL nor a path here; it is recorded as it is` };
}
