/** A page of a TIFF, or a part of it, to pixels: only the strips or tiles that the part needs are read. */
import { asVoxels, bytesPerVoxel, newVoxels, type DataType, type VoxelArray } from "../../core/data-type.js";
import { messageOf } from "../../core/errors.js";
import type { ByteSource } from "../byte-source.js";
import { clipPart } from "../clip-part.js";
import type { PixelBox, Tile } from "../contracts.js";
import { corruptImage } from "../images/image-form.js";
import { blocksOf, decodedBytes, type Block } from "./blocks.js";
import { decompress, uncompressed } from "./decompress.js";
import { readableType, type Page } from "./page.js";
import { undoDifferences, undoFloatDifferences } from "./predictor.js";

/**
 * @param part - the cover of the tile is exactly this, as far as the page goes; default: the page
 * @throws CirrusError `E_TILE_CORRUPT`, `E_SOURCE_UNSUPPORTED`
 */
export async function decodePage(page: Page, part?: PixelBox): Promise<Tile> {
  const { form, name } = page;
  const dataType = readableType(form, name);
  const covers = clipPart(part, form);
  const area = (covers.x1 - covers.x0) * (covers.y1 - covers.y0);
  // The blocks first: sizes that cannot be are found before memory is asked for.
  const blocks = await blocksOf(page, covers, dataType);
  const data = newVoxels(dataType, area * form.channels);
  for (const group of groupsOf(blocks)) {
    const stored = await readGroup(page.source, group, name);
    for (const block of group.blocks) {
      const from = block.offset - group.offset;
      const samples = decodeBlock(page, block, stored.subarray(from, from + block.lengthBytes));
      pasteBlock(samples, block, { data, covers });
    }
  }
  return { data, dataType, channels: form.channels, widthPx: form.widthPx, heightPx: form.heightPx, covers };
}

/** Blocks that are read together because they lie together. */
interface Group {
  readonly offset: number;
  lengthBytes: number;
  readonly blocks: Block[];
}

const readLimits = { gapBytes: 4096, groupBytes: 8 * 2 ** 20 };

function* groupsOf(blocks: readonly Block[]): Generator<Group> {
  let group: Group | undefined;
  for (const block of blocks) {
    if (group) {
      const end = group.offset + group.lengthBytes;
      const grown = block.offset + block.lengthBytes - group.offset;
      if (block.offset >= end && block.offset - end <= readLimits.gapBytes && grown <= readLimits.groupBytes) {
        group.lengthBytes = grown;
        group.blocks.push(block);
        continue;
      }
      yield group;
    }
    group = { offset: block.offset, lengthBytes: block.lengthBytes, blocks: [block] };
  }
  if (group) yield group;
}

async function readGroup(source: ByteSource, group: Group, name: string): Promise<Uint8Array> {
  const stored = await source.range(group.offset, group.lengthBytes);
  if (stored?.length !== group.lengthBytes) throw corruptImage(name, "the file ends before its pixels do");
  return stored;
}

/** Samples of a whole block, channels side by side. */
function decodeBlock({ form, file, name }: Page, block: Block, stored: Uint8Array): VoxelArray {
  const dataType = readableType(form, name);
  let bytes: Uint8Array;
  try {
    bytes = decompress(form.compression, stored, decodedBytes(block, dataType));
  } catch (cause) {
    throw corruptImage(name, `its pixels do not decompress (${messageOf(cause)})`, cause);
  }
  const isChanged = form.predictor !== 1 || (!file.isLittleEndian && bytesPerVoxel(dataType) > 1);
  if (isChanged && form.compression === uncompressed) bytes = new Uint8Array(bytes); // a copy: the source may keep what it gave
  const rowSamples = block.storedWidthPx * block.channels;
  if (form.predictor === 3) undoFloatDifferences(bytes, rowSamples, block.channels);
  else if (!file.isLittleEndian) swapBytes(bytes, dataType);
  const samples = asVoxels(dataType, bytes);
  if (form.predictor === 2) undoDifferences(samples, rowSamples, block.channels);
  return samples;
}

function swapBytes(bytes: Uint8Array, dataType: DataType): void {
  const width = bytesPerVoxel(dataType);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}

interface Target {
  readonly data: VoxelArray;
  readonly covers: PixelBox;
}

function pasteBlock(samples: VoxelArray, block: Block, { data, covers }: Target): void {
  const x0 = Math.max(block.covers.x0, covers.x0);
  const x1 = Math.min(block.covers.x1, covers.x1);
  const y0 = Math.max(block.covers.y0, covers.y0);
  const y1 = Math.min(block.covers.y1, covers.y1);
  const width = covers.x1 - covers.x0;
  const area = width * (covers.y1 - covers.y0);
  const { channels } = block;
  for (let y = y0; y < y1; y++) {
    const from = ((y - block.covers.y0) * block.storedWidthPx + (x0 - block.covers.x0)) * channels;
    const to = block.channel * area + (y - covers.y0) * width + (x0 - covers.x0);
    if (channels === 1) setVoxels(data, samples.subarray(from, from + x1 - x0), to);
    else
      for (let channel = 0; channel < channels; channel++)
        for (let i = 0; i < x1 - x0; i++) data[to + channel * area + i] = samples[from + i * channels + channel]!;
  }
}

/** Both arrays are of the page's data type, which TypeScript cannot see. */
const setVoxels = (target: VoxelArray, values: VoxelArray, at: number): void =>
  (target as Uint8Array).set(values as Uint8Array, at);
