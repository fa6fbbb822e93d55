/** A page of a TIFF, or a part of it, to pixels: only the strips or tiles that the part needs are read. */
import { asVoxels, bytesPerVoxel, newVoxels, type DataType } from "../../core/data-type.js";
import { messageOf } from "../../core/errors.js";
import type { StoredBlock } from "../../kernels/tiff-blocks.js";
import { giveBytes, takeBytes } from "../../kernels/arena.js";
import { clipPart } from "../clip-part.js";
import type { PixelBox, Tile } from "../contracts.js";
import { corruptImage } from "../images/image-form.js";
import { blocksOf, decodedBytes, type Block } from "./blocks.js";
import { decompress, decompressTwo, isPaired, jpegCompression, uncompressed } from "./decompress.js";
import { jpegTables, pasteJpeg } from "./jpeg-block.js";
import { readableType, type Page } from "./page.js";
import { pasteRows, toSamples, type Target } from "./samples.js";
import { isStreamed, streamBlock } from "./stream-block.js";

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
  const groups = [...groupsOf(blocks, dataType)];
  const tile = { dataType, channels: form.channels, widthPx: form.widthPx, heightPx: form.heightPx, covers };
  const [only] = groups;
  if (only && groups.length === 1 && isAsStored(page, only, covers))
    return { ...tile, ...(await voxelsAsStored(page, only, dataType)) };
  const room = takeBytes(area * form.channels * bytesPerVoxel(dataType));
  const data = room ? asVoxels(dataType, room) : newVoxels(dataType, area * form.channels);
  const release = (): void => void (room && giveBytes(room));
  try {
    await (form.compression === jpegCompression ? pasteJpegs : pasteGroups)(page, groups, { data, covers });
  } catch (error) {
    release();
    throw error;
  }
  return { ...tile, data, release };
}

async function pasteGroups(page: Page, groups: readonly Group[], target: Target): Promise<void> {
  const dataType = readableType(page.form, page.name);
  for (const group of groups) {
    const [first] = group.blocks;
    if (first && isStreamed(first, dataType)) await streamBlock(page, first, target);
    else await withStored(page, group, (stored) => pasteGroup(page, group, stored, target));
  }
}

async function pasteJpegs(page: Page, groups: readonly Group[], target: Target): Promise<void> {
  const tables = await jpegTables(page);
  for (const group of groups)
    await withStored(page, group, async (bytes) => {
      for (const block of group.blocks)
        await pasteJpeg(page, { block, stored: storedOf(block, group, bytes), tables }, target);
    });
}

/** Reads a group into memory that is used again afterwards, where there is some. */
async function withStored(page: Page, group: Group, use: (stored: Uint8Array) => void | Promise<void>): Promise<void> {
  const room = takeBytes(group.lengthBytes);
  try {
    await use(await readGroup(page, group, room));
  } finally {
    if (room) giveBytes(room);
  }
}

const storedOf = (block: Block, group: Group, stored: Uint8Array): Uint8Array =>
  stored.subarray(block.offset - group.offset, block.offset - group.offset + block.lengthBytes);

/** Read into memory that is used again, where there is some and the source takes it. */
async function voxelsAsStored(page: Page, group: Group, dataType: DataType): Promise<Pick<Tile, "data" | "release">> {
  const room = takeBytes(group.lengthBytes);
  let isUsed = false;
  try {
    const stored = await readGroup(page, group, room);
    isUsed = room !== undefined && stored.buffer === room.buffer;
    return { data: asVoxels(dataType, stored), ...(room && isUsed ? { release: () => void giveBytes(room) } : {}) };
  } finally {
    if (room && !isUsed) giveBytes(room);
  }
}

/** True when the bytes of the group are the voxels of the part as they are. */
function isAsStored({ form, file }: Page, { blocks }: Group, covers: PixelBox): boolean {
  if (form.compression !== uncompressed || form.predictor !== 1 || form.channels > 1) return false;
  if (!file.isLittleEndian && form.bitsPerSample > 8) return false;
  return blocks.every(
    ({ offset, covers: { x0, x1 }, storedWidthPx }, i) =>
      x0 === covers.x0 &&
      x1 === covers.x1 &&
      storedWidthPx === x1 - x0 &&
      (i === 0 || offset === blocks[i - 1]!.offset + blocks[i - 1]!.lengthBytes),
  );
}

function pasteGroup(page: Page, group: Group, stored: Uint8Array, target: Target): void {
  const { form, name } = page;
  const toPaste = group.blocks.map((block) => ({
    block,
    stored: storedOf(block, group, stored),
    expectedBytes: decodedBytes(block, readableType(form, name)),
  }));
  for (let i = 0; i < toPaste.length;) {
    const two = toPaste.slice(i, i + 2);
    const next = isPaired(form.compression, two) ? two : two.slice(0, 1);
    const unpacked: (Uint8Array | undefined)[] = next.length === 2 ? decompressTwo(form.compression, next) : [];
    // Both while they are valid; then what has to be tried in another way.
    const paste = (bytes: Uint8Array, block: Block): void => pasteRows(toSamples(page, block, bytes), block, target);
    unpacked.forEach((bytes, j) => bytes && paste(bytes, next[j]!.block));
    next.forEach((one, j) => unpacked[j] || paste(unpackBlock(page, one), one.block));
    i += next.length;
  }
}

/** Blocks that are read together because they lie together. */
interface Group {
  readonly offset: number;
  lengthBytes: number;
  readonly blocks: Block[];
}

const readLimits = { gapBytes: 4096, groupBytes: 8 * 2 ** 20 };

function* groupsOf(blocks: readonly Block[], dataType: DataType): Generator<Group> {
  let group: Group | undefined;
  for (const block of blocks) {
    if (group && !isStreamed(block, dataType) && !isStreamed(group.blocks[0]!, dataType)) {
      const end = group.offset + group.lengthBytes;
      const grown = block.offset + block.lengthBytes - group.offset;
      if (block.offset >= end && block.offset - end <= readLimits.gapBytes && grown <= readLimits.groupBytes) {
        group.lengthBytes = grown;
        group.blocks.push(block);
        continue;
      }
    }
    if (group) yield group;
    group = { offset: block.offset, lengthBytes: block.lengthBytes, blocks: [block] };
  }
  if (group) yield group;
}

async function readGroup({ source, name }: Page, group: Group, room?: Uint8Array): Promise<Uint8Array> {
  const stored = await source.range(group.offset, group.lengthBytes, room);
  if (stored?.length !== group.lengthBytes) throw corruptImage(name, "the file ends before its pixels do");
  return stored;
}

function unpackBlock({ form, name }: Page, block: StoredBlock): Uint8Array {
  try {
    return decompress(form.compression, block);
  } catch (cause) {
    throw corruptImage(name, `its pixels do not decompress (${messageOf(cause)})`, cause);
  }
}
