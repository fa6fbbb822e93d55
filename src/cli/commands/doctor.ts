/** `cirrus doctor`: does this machine have what cirrus needs. */
import { defineCommand } from "../command.js";
import { formatTable } from "../format.js";

export const doctor = defineCommand({
  name: "doctor",
  summary: "check that this machine has what cirrus needs",
  examples: [
    ["cirrus doctor", "Node, image libraries, state folder, free space, git, the store"],
    ["cirrus doctor --json", "for a report"],
  ],
  run: async (_, { settings, tell }) => {
    const [known, { examine }] = await Promise.all([settings(), import("../doctor-checks.js")]);
    if (known.stateUrl === undefined) tell("looking; the embedded store may have to start, which takes a moment");
    return examine(known);
  },
  render: ({ checks }, style) => {
    const paint = { ok: style.green, warning: style.yellow, failed: style.red };
    return formatTable(checks.map(({ name, state, detail }) => [paint[state](state), name, detail]));
  },
  exitCode: ({ checks }) => (checks.some(({ state }) => state === "failed") ? 1 : 0),
});
