/** The commands and flags as plain data: for completion, and for the test of the help. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

export interface TreeOption {
  readonly long: string;
  readonly short?: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty when any value goes. */
  readonly choices: readonly string[];
}

export interface TreeNode {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly TreeOption[];
  /** Words that the first argument may be; empty when it is something else, a path for instance. */
  readonly choices: readonly string[];
  readonly commands: readonly TreeNode[];
}

/** Global options stand at the root only, though every command takes them. */
export function treeOf(command: CommandUnknownOpts): TreeNode {
  const helper = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary(),
    options: helper.visibleOptions(command).flatMap((option) =>
      option.long
        ? [
            {
              long: option.long,
              ...(option.short ? { short: option.short } : {}),
              description: option.description,
              takesValue: option.required || option.optional,
              choices: option.argChoices ?? [],
            },
          ]
        : [],
    ),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    commands: helper.visibleCommands(command).map(treeOf),
  };
}
