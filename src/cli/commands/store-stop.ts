/** `cirrus store stop`: ends the embedded store process; the next command starts it again. */
import { defineCommand } from "../command.js";

export const storeStop = defineCommand({
  name: "store stop",
  summary: "end the embedded store process in an orderly way",
  description:
    "Ends the embedded store process in an orderly way. Nothing is lost: running jobs start it again with their next statement, and so does any command.",
  examples: [["cirrus store stop", "before the state folder is moved or copied"]],
  run: async (_, { settings }) => {
    const [{ folders }, control] = await Promise.all([settings(), import("../../state/store-control.js")]);
    return { result: await control.stopStore(folders.state) };
  },
  render: ({ result }) => (result === "stopped" ? "stopped" : "was not running"),
});
