#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// V8 optimises a function after it ran for that long; at its own measure (8 times less) that was a tenth of the CPU time of a short
// command. Where a V8 does not know the flag it is ignored.
setFlagsFromString("--interrupt-budget=1000000");
await import("../dist/cli/main.js");
