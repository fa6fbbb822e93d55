/** `cirrus plugins`: which tile sources there are, and what params one takes. */
import { defineCommand } from "../command.js";
import { formatTable } from "../format.js";

export const plugins = defineCommand({
  name: "plugins",
  summary: "list tile sources, or the params of one",
  examples: [
    ["cirrus plugins", "the built-in sources"],
    ["cirrus plugins catmaid", "its params"],
    ["cirrus plugins ./my-plugin.mjs", "those of a plugin of yours: shows that it loads"],
  ],
  declare: (command) => command.argument("[name]", "a built-in source, a path, or an installed package"),
  run: async ({ args: [name] }, { io }) => {
    const [{ listPlugins, loadPlugin }, { paramsOf, paramsSchemaOf }] = await Promise.all([
      import("../../tiles/load-plugin.js"),
      import("../plugin-params.js"),
    ]);
    const found = name === undefined ? await listPlugins() : [await loadPlugin(name, io.cwd)];
    return {
      plugins: found.map((plugin) => {
        const paramsSchema = paramsSchemaOf(plugin);
        return {
          name: plugin.name,
          description: plugin.description,
          aliases: plugin.aliases ?? [],
          params: paramsOf(paramsSchema),
          paramsSchema,
        };
      }),
    };
  },
  render: ({ plugins: found }, style) => {
    if (found.length > 1) return formatTable(found.map(({ name, description }) => [style.bold(name), description]));
    return found
      .map(({ name, description, aliases, params }) =>
        [
          `${style.bold(name)}  ${description}`,
          ...(aliases.length ? [`also called: ${aliases.join(", ")}`] : []),
          "",
          params.length
            ? formatTable(
                params.map((param) => [
                  `  ${style.bold(param.name)}`,
                  param.type,
                  param.isRequired ? "required" : `default ${JSON.stringify(param.default)}`,
                  param.description,
                ]),
              )
            : "  its params cannot be listed",
        ].join("\n"),
      )
      .join("\n\n");
  },
});
