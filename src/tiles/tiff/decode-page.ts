/** A page of a TIFF, or a part of it, to pixels: only the strips or tiles that the part needs are read. */
import { newVoxels, type DataType } from "../../core/data-type.js";
import { messageOf } from "../../core/errors.js";
import type { ByteSource } from "../byte-source.js";
import { clipPart } from "../clip-part.js";
import type { PixelBox, Tile } from "../contracts.js";
import { corruptImage } from "../images/image-form.js";
import { blocksOf, decodedBytes, type Block } from "./blocks.js";
import { decompress } from "./decompress.js";
import { readableType, type Page } from "./page.js";
import { pasteRows, toSamples } from "./samples.js";
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
  const data = newVoxels(dataType, area * form.channels);
  for (const group of groupsOf(blocks, dataType)) {
    const [first] = group.blocks;
    if (first && isStreamed(first, dataType)) {
      await streamBlock(page, first, { data, covers });
      continue;
    }
    const stored = await readGroup(page.source, group, name);
    for (const block of group.blocks) {
      const from = block.offset - group.offset;
      const bytes = unpackBlock(page, block, stored.subarray(from, from + block.lengthBytes));
      pasteRows(toSamples(page, block, bytes), block, { data, covers });
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

async function readGroup(source: ByteSource, group: Group, name: string): Promise<Uint8Array> {
  const stored = await source.range(group.offset, group.lengthBytes);
  if (stored?.length !== group.lengthBytes) throw corruptImage(name, "the file ends before its pixels do");
  return stored;
}

function unpackBlock({ form, name }: Page, block: Block, stored: Uint8Array): Uint8Array {
  try {
    return decompress(form.compression, stored, decodedBytes(block, readableType(form, name)));
  } catch (cause) {
    throw corruptImage(name, `its pixels do not decompress (${messageOf(cause)})`, cause);
  }
}
