/** `cirrus completion`: a script for the shell, generated from the command tree. */
import { Argument } from "@commander-js/extra-typings";
import { defineCommand } from "../command.js";

export const completion = defineCommand({
  name: "completion",
  summary: "print a completion script for a shell",
  examples: [
    ["cirrus completion bash >> ~/.bashrc", "bash"],
    ['cirrus completion zsh > "${fpath[1]}/_cirrus"', "zsh"],
    ["cirrus completion fish > ~/.config/fish/completions/cirrus.fish", "fish"],
  ],
  declare: (command) =>
    command.addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"] as const)),
  run: async ({ args: [shell] }, context) => {
    const { completionScript } = await import("../completion-script.js");
    return { shell, script: completionScript(shell, context.tree()) };
  },
  render: ({ script }) => script,
});
