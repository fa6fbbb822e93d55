/** Folders for volumes, and what a job declares, for the tests of this folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { AdmitRequest } from "#src/provenance/admit.js";

export const declaration = {
  sources: ["gs://bucket/image"],
  motivation: "First pass; over block 3",
  process: { description: "agglomerate block 3", parameters: { ids: [648518346349515986n], level: 5 } },
};

/** A job of its own at mips 0 and 1 of 64 x 64 x 64 voxels from `x`. */
export const request = (destination: string, more: Partial<AdmitRequest> = {}): AdmitRequest => ({
  destination,
  declaration,
  jobId: "1fq2k9-x7pd",
  ...more,
});

export const claimAt = (x: number) => ({ extent: { min: [x, 0, 0], max: [x + 64, 64, 64] }, mips: [0, 1] }) as const;

const scratch = mkdtempSync(join(tmpdir(), "cirrus-provenance-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
export const newFolder = (): string => join(scratch, `volume-${count++}`);

export const text = (folder: string, key: string): string => readFileSync(join(folder, key), "utf8");

export const json = (folder: string, key: string): Record<string, unknown> =>
  JSON.parse(text(folder, key)) as Record<string, unknown>;

/** Keys below `folder`, sorted. */
export const keys = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
