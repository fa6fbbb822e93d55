// The hot loops, in AssemblyScript: `npm run build` makes dist/kernels/kernels.wasm of this file. src/kernels/ is their TypeScript side.
// Memory is laid out by the caller from __heap_base on; every function works on raw addresses and allocates nothing.
export { copyRows, meanBytes, meanShorts } from "./bricks";
export { unfilter } from "./unfilter";
export { encodeJpegScan, openJpegEncoder } from "./jpeg-encode";
export { decodeJpegScan, openJpegDecoder } from "./jpeg-decode";
export { deflateLiterals } from "./deflate-literals";
export { undoDifferences } from "./differences";
export { deflateMatches } from "./deflate-matches";
export { encodeLabels } from "./encode-labels";
export { modeOfSquares } from "./mode";
export { adler32, adler32On } from "./adler32";
export { inflateOne, inflateTwo, inputReserveBytes, resumeStream } from "./inflate";
export { madeBytes, openStream, streamBytes, usedBytes } from "./inflate-state";
export { lzwSlackBytes, unpackLzw } from "./lzw";
export { survey, surveyed } from "./survey";

/** Where the caller's memory begins. */
export const heapBase: usize = __heap_base;
