/**
 * The tree digest of DANDI's zarr-checksum: MD5 over a folder's entries, each with its name, size and digest, folders within folders. Made
 * for exports only; the manifests' own digests are SHA-256.
 */
import { createHash } from "node:crypto";

export interface ChecksumFile {
  /** Path below the root, `/` between parts. */
  readonly path: string;
  readonly bytes: number;
  /** MD5 of its content, hex. */
  readonly md5: string;
}

interface Entry {
  readonly digest: string;
  readonly name: string;
  readonly size: number;
}

interface Folder {
  readonly files: Entry[];
  readonly folders: Map<string, Folder>;
}

/** @returns `<md5>-<files>--<bytes>`; `481a2f77ab786a0f45aafd5db0971caa-0--0` for nothing */
export function zarrChecksum(files: Iterable<ChecksumFile>): string {
  const root: Folder = { files: [], folders: new Map() };
  for (const { path, bytes, md5 } of files) {
    const parts = path.split("/");
    const name = parts.pop()!; // a split text has a part at least
    let folder = root;
    for (const part of parts) {
      const next: Folder = folder.folders.get(part) ?? { files: [], folders: new Map() };
      folder.folders.set(part, next);
      folder = next;
    }
    folder.files.push({ digest: md5, name, size: bytes });
  }
  return digestOf(root).text;
}

function digestOf({ files, folders }: Folder): {
  readonly text: string;
  readonly count: number;
  readonly size: number;
} {
  let count = files.length;
  let size = files.reduce((sum, file) => sum + file.size, 0);
  const directories = [...folders].map(([name, folder]): Entry => {
    const inner = digestOf(folder);
    count += inner.count;
    size += inner.size;
    return { digest: inner.text, name, size: inner.size };
  });
  const json = asciiJson({ directories: directories.sort(byName), files: files.sort(byName) });
  return { text: `${createHash("md5").update(json).digest("hex")}-${count}--${size}`, count, size };
}

/** By code point, as Python sorts; UTF-8 keeps that order. */
const byName = (a: Entry, b: Entry): number => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

/** As Python's json writes it without spaces. */
const asciiJson = (value: object): string =>
  JSON.stringify(value).replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
