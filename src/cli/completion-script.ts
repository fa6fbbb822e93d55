/** Completion scripts for bash, zsh and fish, from the command tree. Arguments without choices complete to files. */
import type { TreeNode, TreeOption } from "./command-tree.js";

export type Shell = "bash" | "zsh" | "fish";

export const completionScript = (shell: Shell, root: TreeNode): string => writers[shell](root);

/** A command with the words that lead to it; the root has none. */
interface Place {
  readonly words: readonly string[];
  readonly node: TreeNode;
}

function places(root: TreeNode): Place[] {
  const below = (node: TreeNode, words: readonly string[]): Place[] => [
    { words, node },
    ...node.commands.flatMap((child) => below(child, [...words, child.name])),
  ];
  return below(root, []);
}

/** Global options go with every command. */
const optionsAt = (root: TreeNode, { node }: Place): readonly TreeOption[] =>
  node === root ? root.options : [...node.options, ...root.options];

function bash(root: TreeNode): string {
  const known = places(root);
  const rows = known.map((place) => {
    const flags = optionsAt(root, place).flatMap(({ short, long }) => (short ? [short, long] : [long]));
    const first = [...place.node.commands.map(({ name }) => name), ...place.node.choices];
    return `    ${quoted(place.words.join(" "))}) words=${quoted(first.join(" "))}; flags=${quoted([...new Set(flags)].join(" "))} ;;`;
  });
  const withChoices = new Map(
    known.flatMap(({ node }) =>
      node.options.filter(({ choices }) => choices.length).map((option) => [option.long, option.choices] as const),
    ),
  );
  const choices = [...withChoices].map(
    ([long, values]) => `    ${long}) COMPREPLY=($(compgen -W ${quoted(values.join(" "))} -- "$current")); return ;;`,
  );
  const commandWords = known.filter(({ words }) => words.length).map(({ words }) => quoted(words.join(" ")));
  return `# bash completion for cirrus
_cirrus() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path="" word words flags i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "\${path:+$path }$word" in
    ${commandWords.join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$previous" in
${[...choices, "    *) ;;"].join("\n")}
  esac
  case "$path" in
${rows.join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _cirrus cirrus
`;
}

function zsh(root: TreeNode): string {
  const functions = places(root).map((place) => {
    const name = ["_cirrus", ...place.words].join("_");
    const specs = optionsAt(root, place).flatMap(zshOption);
    const { commands, choices } = place.node;
    if (!commands.length) {
      const argument = choices.length ? `'1:argument:(${choices.join(" ")})'` : "'*:file:_files'";
      return `${name}() {\n  _arguments -s ${[...specs, argument].join(" \\\n    ")}\n}`;
    }
    const described = commands.map((child) => `    ${quoted(`${child.name}:${child.summary}`)}`);
    const cases = commands.map((child) => `      ${child.name}) ${name}_${child.name} ;;`);
    return `${name}() {
  local line state
  local -a subcommands=(
${described.join("\n")}
  )
  _arguments -C -s ${[...specs, "'1: :->command'", "'*::argument:->rest'"].join(" \\\n    ")}
  case $state in
    command) _describe command subcommands ;;
    rest) case $line[1] in
${cases.join("\n")}
    esac ;;
  esac
}`;
  });
  return `#compdef cirrus\n# zsh completion for cirrus\n${functions.join("\n")}\nif [[ $funcstack[1] == _cirrus ]]; then _cirrus "$@"; else compdef _cirrus cirrus; fi\n`;
}

function zshOption({ long, short, description, takesValue, choices }: TreeOption): string[] {
  const text = description.replace(/[[\]:]/g, "\\$&");
  const value = takesValue ? `:value:${choices.length ? `(${choices.join(" ")})` : "_files"}` : "";
  return (short ? [short, long] : [long]).map((flag) => quoted(`${flag}[${text}]${value}`));
}

function fish(root: TreeNode): string {
  const lines = places(root).flatMap((place) => {
    const { words, node } = place;
    const here = words.length ? words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ") : undefined;
    const taken = node.commands.map(({ name }) => name).join(" ");
    const open = [here, taken && `not __fish_seen_subcommand_from ${taken}`].filter(Boolean).join("; and ");
    const condition = (text: string | undefined): string => (text ? ` -n ${quoted(text)}` : "");
    return [
      ...node.commands.map(
        (child) => `complete -c cirrus -f${condition(open)} -a ${child.name} -d ${quoted(child.summary)}`,
      ),
      ...node.choices.map((choice) => `complete -c cirrus -f${condition(here)} -a ${choice}`),
      // The root's options have no condition: they are global.
      ...node.options.map(({ long, short, description, takesValue, choices }) => {
        const value = takesValue ? (choices.length ? ` -x -a ${quoted(choices.join(" "))}` : " -r") : "";
        return `complete -c cirrus${condition(here)} -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ""}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# fish completion for cirrus\n${lines.join("\n")}\n`;
}

/** In single quotes, for all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const writers: Readonly<Record<Shell, (root: TreeNode) => string>> = { bash, zsh, fish };
