// The table: what is measured, on which data, beside whom, and which ratio is the goal. A case is either a job of cirrus beside peers
// that do the same work (paired.mjs), or `run`, a measurement of its own. docs/performance.md has the figures.
import { measureBig } from "./big.mjs";
import { measureFixedCost } from "./fixed-cost.mjs";
import { measureLimit } from "./limit.mjs";
import { measureMemory } from "./memory.mjs";
import { measureScaling } from "./scaling.mjs";

const documented = "cloud-volume + igneous";
const fused = "cloud-volume + igneous, fused";
const tensorstore = "tensorstore";
const sharded = "tensorstore, sharded";

/** How each peer is started: script below bench/peers, and flags. */
export const peers = {
  [documented]: ["cloudvolume_igneous.py"],
  [fused]: ["cloudvolume_igneous.py", "--fused"],
  [tensorstore]: ["tensorstore_write.py"],
  [sharded]: ["tensorstore_write.py", "--gzip"],
};

const gzipNames = { encoding: "raw", compression: "gzip", layout: "cloudvolume" };
const labels = { type: "segmentation", dataType: "uint64", encoding: "compressed_segmentation" };
const labelFlags = ["--type", "segmentation", "--data-type", "uint64", "--encoding", "compressed_segmentation"];

const tiffCase = (compression, dtype) => [
  `tiff-${compression}-${dtype}`,
  {
    title: `TIFF, ${compression}, ${dtype} -> gzip`,
    data: { kind: "tiff", compression, dtype },
    destination: { ...gzipNames, dataType: dtype },
    flags: ["--gzip"],
    peers: { [fused]: 3.8 },
  },
];

/** Cases on the same data lie together. Goals are a peer's CPU seconds over ours; `bytes` compares what was written: most of ours over the peer's. */
export const cases = {
  gzip: {
    title: "PNG -> gzip, .gz names",
    data: { kind: "png" },
    destination: gzipNames,
    flags: ["--gzip"],
    peers: { [documented]: 6, [fused]: 4.2 },
    bytes: { [documented]: 1.005 },
  },
  raw: {
    title: "PNG -> raw",
    data: { kind: "png" },
    destination: { encoding: "raw", compression: "none" },
    flags: [],
    peers: { [tensorstore]: 4.2 },
  },
  jpeg: {
    title: "PNG -> jpeg 85",
    data: { kind: "png" },
    destination: { encoding: "jpeg:85" },
    flags: ["--encoding", "jpeg"],
    peers: { [documented]: 3.6, [fused]: 2.6, [tensorstore]: 3.3 },
  },
  sharded: {
    title: "PNG -> sharded, gzip inside",
    data: { kind: "png" },
    destination: { encoding: "raw", sharding: "auto" },
    flags: [],
    peers: { [sharded]: 7 },
  },
  limit: { title: "limit, PNG -> gzip", data: { kind: "png" }, run: measureLimit },
  fixed: { title: "fixed cost of a job", run: measureFixedCost },
  memory: { title: "memory of a worker", data: { kind: "png" }, run: measureMemory },
  scaling: { title: "scaling", data: { kind: "png" }, run: measureScaling },
  "jpeg-jpeg": {
    title: "JPEG tiles -> jpeg 85",
    data: { kind: "jpg" },
    destination: { encoding: "jpeg:85" },
    flags: ["--encoding", "jpeg"],
    peers: { [tensorstore]: 2 },
  },
  "jpeg-gzip": {
    title: "JPEG tiles -> gzip, .gz names",
    data: { kind: "jpg" },
    destination: gzipNames,
    flags: ["--gzip"],
    peers: { [fused]: 3 },
  },
  labels: {
    title: "uint64 labels -> compressed_segmentation, gzip",
    data: { kind: "labels" },
    destination: { ...labels, compression: "gzip", layout: "cloudvolume" },
    flags: [...labelFlags, "--gzip"],
    peers: { [documented]: 5 },
    bytes: { [documented]: 1.1 },
  },
  "labels-plain": {
    title: "uint64 labels -> compressed_segmentation",
    data: { kind: "labels" },
    destination: { ...labels, compression: "none" },
    flags: labelFlags,
    peers: { [tensorstore]: 2.5 },
  },
  big: { title: "big sections", run: measureBig },
  ...Object.fromEntries(
    ["uint8", "uint16"].flatMap((dtype) =>
      ["raw", "lzw", "deflate"].map((compression) => tiffCase(compression, dtype)),
    ),
  ),
};
