/** An odd tile on one line, for people. */
import type { OddTile } from "./contracts.js";
import { nameOf } from "./read-tiles.js";

/** Many problems begin with the place already: it is said once. */
export const describeOdd = ({ location, problem }: OddTile): string =>
  problem.startsWith(location.url) ? problem : `${nameOf(location)}: ${problem}`;
