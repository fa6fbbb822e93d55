/** `cirrus serve`: volumes over HTTP, for browsers and readers on this machine. */
import { CirrusError } from "../../core/errors.js";
import { defineCommand } from "../command.js";
import { parsePort } from "../options.js";

export const serve = defineCommand({
  name: "serve",
  summary: "show volumes in the browser, and serve them to other readers",
  description: `Serves volumes, read-only, until Ctrl-C: a page that lists them, the viewer, and every volume as precomputed under
/volumes/<name>/. Volumes in buckets are passed on with your credentials. Only this machine can reach it, and no other page may read from
it, unless --host and --cors say so.`,
  examples: [
    ["cirrus serve ./volume gs://bucket/other", ""],
    ["cirrus serve", "the volumes in this folder"],
    ["cirrus serve ./volume --cors https://neuroglancer-demo.appspot.com", "for a viewer elsewhere"],
  ],
  declare: (command) =>
    command
      .argument(
        "[paths...]",
        "volumes: folders, or file://, gs://, s3:// or https:// URLs; default: those in this folder",
      )
      .option("--port <n>", "port; default: 8000, or the next free one", parsePort)
      .option("--host <address>", "address to listen on, and a name that requests may give; default: 127.0.0.1")
      .option("--cors <origin>", "pages of this origin may read the volumes too; * for all pages")
      .option(
        "--require-token",
        "answer only who brings the token of token.json, INTERN_TOKEN or ~/.intern/intern.cfg (browsers: as password)",
      ),
  run: async ({ args: [paths], options }, context) => {
    const { io, json, show } = context;
    const { startServer } = await import("../served.js");
    const server = await startServer({ ...options, paths: paths.length ? paths : await inFolder(context) }, context);
    const { url } = server;
    const volumes = server.volumes.map(({ name, url: volume }) => ({ name, volume, url: `${url}/volumes/${name}` }));
    if (json) show({ state: "running", url, volumes }, () => "");
    else
      io.stdout.write(
        `${url}\n${volumes.map((each) => `  ${each.name}  ${each.url}  ${each.volume}\n`).join("")}Ctrl-C ends it\n`,
      );
    await server.untilStopped();
    return { state: "stopped", url };
  },
  render: () => "",
});

async function inFolder({
  io,
  settings,
}: Parameters<Parameters<typeof defineCommand>[0]["run"]>[1]): Promise<string[]> {
  const [known, { storeOptions }, { volumesIn }] = await Promise.all([
    settings(),
    import("../settings.js"),
    import("../../server/served-volume.js"),
  ]);
  const found = await volumesIn(io.cwd, storeOptions(known));
  if (found.length) return found;
  throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no volume in ${io.cwd}, and none was named`, {
    hint: "name them: cirrus serve ./volume",
  });
}
