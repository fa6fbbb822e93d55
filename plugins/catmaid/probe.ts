/** What `init` and the plan need to know about a stack, from its names and a sample of headers. */
import {
  canList,
  CirrusError,
  fullSections,
  listRanges,
  probeImages,
  type Interval,
  type PluginContext,
  type SourceProbe,
} from "cirrus/plugin";
import { describeLayout, layoutOf, pathProcessorOf, type CatmaidParams, type Layout } from "./layout.js";
import { listStack, type Listing } from "./listing.js";

export async function probeStack(params: CatmaidParams, context: PluginContext): Promise<SourceProbe> {
  const layout = layoutOf(params, context.baseFolder);
  const locate = pathProcessorOf(layout);
  const common = {
    locate,
    name: layout.root,
    tileSizePx: layout.tileSizePx,
    form: layout.extension,
    ...(context.stores ? { stores: context.stores } : {}),
  };
  if (!canList(layout.root)) return probeImages({ ...common, sections: statedSections(layout, context) });
  const listing = await listStack(layout, context.stores);
  if (listing.sections.length === 0) throw nothingFound(layout, listing);
  return probeImages({ ...common, sections: listing.sections, warnings: warningsOf(listing) });
}

/** Web servers list nothing: what the config says is there is taken to be there, and what is not is found by its task. */
function statedSections({ root, tileSizePx: [width, height] }: Layout, { extent = {} }: PluginContext) {
  const { x, y, z } = extent;
  if (!x || !y || !z)
    throw new CirrusError("E_CONFIG_INVALID", `the tiles of ${root} cannot be listed`, {
      hint: "state the whole source.extent: x, y and z as [start, stop)",
    });
  const tiles = ([start, stop]: Interval, side: number): readonly [number, number] => [
    Math.floor(start / side),
    Math.ceil(stop / side),
  ];
  return fullSections({ columns: tiles(x, width), rows: tiles(y, height), z });
}

function nothingFound(layout: Layout, { otherExtensions, otherZooms, unfitting }: Listing): CirrusError {
  const { root, zoom, extension } = layout;
  const seen =
    otherExtensions.size > 0
      ? `; its tiles end in .${[...otherExtensions].join(", .")}`
      : otherZooms.size > 0
        ? `; its tiles have zoom ${listRanges([...otherZooms].sort((a, b) => a - b))}`
        : unfitting.length > 0
          ? `; there is ${unfitting.slice(0, 3).join(", ")}`
          : "";
  return new CirrusError("E_SOURCE_NOT_FOUND", `no tiles named ${describeLayout(layout)} in ${root}${seen}`, {
    context: { root, zoom, extension },
    hint: 'check "root", "type", "extension" and "zoom" of the source; "root" is relative to the config file',
  });
}

function warningsOf({ unfitting, unfittingCount, otherExtensions }: Listing): string[] {
  const warnings: string[] = [];
  if (unfittingCount > 0)
    warnings.push(
      `${unfittingCount} names fit no tile: ${unfitting.join(", ")}${unfittingCount > unfitting.length ? ", ..." : ""}`,
    );
  if (otherExtensions.size > 0) warnings.push(`tiles that end in .${[...otherExtensions].join(", .")} are left out`);
  return warnings;
}
