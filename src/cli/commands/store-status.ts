/** `cirrus store status`: is the embedded store running, where, for whom. */
import { defineCommand } from "../command.js";
import { formatBytes, formatTable } from "../format.js";

export const storeStatus = defineCommand({
  name: "store status",
  summary: "say whether the embedded store runs, and where it is",
  examples: [["cirrus store status", "looks only: starts nothing"]],
  run: async (_, { settings, warn }) => {
    const [{ folders, stateUrl }, control] = await Promise.all([settings(), import("../../state/store-control.js")]);
    if (stateUrl !== undefined) warn("jobs are kept in the PostgreSQL of --state or CIRRUS_STATE, not in this store");
    return control.storeStatus(folders.state);
  },
  render: (status, style) =>
    formatTable([
      ["state", style.bold(status.state)],
      ["folder", status.folder],
      ["size", formatBytes(status.sizeBytes)],
      ...(status.pid === null ? [] : [["process", `${status.pid}${status.host === null ? "" : ` on ${status.host}`}`]]),
      ...(status.since === null ? [] : [["since", status.since]]),
      ...(status.connections === null ? [] : [["connections", String(status.connections)]]),
    ]),
});
