/** Bytes that wait in a file, one after another, until all of them are forgotten at once. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The file is used again after `clear`, because fresh pages cost more than the bytes that are put into them. */
export class SpoolFile {
  #descriptor: number | undefined;
  #end = 0;

  /** @returns where the bytes begin in the file */
  append(bytes: Uint8Array): number {
    this.#descriptor ??= openUnnamed();
    const at = this.#end;
    for (let done = 0; done < bytes.byteLength;)
      done += writeSync(this.#descriptor, bytes, done, bytes.byteLength - done, at + done);
    this.#end += bytes.byteLength;
    return at;
  }

  /** Fills the target. @param at - what `append` gave */
  read(target: Uint8Array, at: number): void {
    for (let done = 0; done < target.byteLength;) {
      const count = readSync(this.#descriptor!, target, done, target.byteLength - done, at + done);
      if (count === 0) throw new Error("the spool file of a shard is shorter than what was written to it");
      done += count;
    }
  }

  clear(): void {
    this.#end = 0;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** A file without a name: nothing of it is left when this process ends, however it does. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "cirrus-spool-"));
  try {
    return openSync(join(folder, "chunks"), "wx+");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
