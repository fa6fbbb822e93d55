/** `cirrus view`: a volume in the browser, with the right contrast. */
import { shellWord } from "../../core/shell-word.js";
import { defineCommand } from "../command.js";
import { parsePort } from "../options.js";
import type { FoundServer } from "../served.js";

interface Link {
  /** On this machine. */
  readonly url: string;
  /** On the Neuroglancer of its authors, for volumes in buckets. */
  readonly publicUrl: string | null;
}

export const view = defineCommand({
  name: "view",
  summary: "look at a volume in the browser",
  description: `Opens the viewer, Neuroglancer, at a volume: in the middle, all of it in sight, contrast from the voxels that were sampled when it was made.
Uses the server that shows the volume already, or starts one that runs until Ctrl-C. Works offline.`,
  examples: [
    ["cirrus view ./volume", ""],
    ["cirrus view gs://bucket/volume --print-url", "the links, one a line; starts nothing"],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume: a folder, or a file://, gs://, s3:// or https:// URL")
      .option("--port <n>", "port of the server; default: 8000, or the next free one", parsePort)
      .option(
        "--print-url",
        "print the links and leave: `cirrus serve` makes the first one work, the second is for other people",
      )
      .option("--no-open", "do not open the browser"),
  run: async ({ args: [path], options }, context) => {
    const { io, json, show, tell } = context;
    const [
      known,
      { storeOptions },
      { findServer, startServer },
      { openServed },
      { defaultPort, nextFreePort },
      { requireViewer },
    ] = await Promise.all([
      context.settings(),
      import("../settings.js"),
      import("../served.js"),
      import("../../server/served-volume.js"),
      import("../../server/listen.js"),
      import("../../server/page-files.js"),
    ]);
    await requireViewer();
    const [volume] = await openServed([path], storeOptions(known));
    if (!volume) throw new Error("one path gives one volume");
    const firstPort = options.port ?? defaultPort;
    try {
      const { linkTo, publicLink, viewerState } = await import("../../server/viewer-state.js");
      const { contrastFor } = await import("../../server/volume-contrast.js");
      const [info, contrast] = await Promise.all([volume.info(), contrastFor(volume)]);
      const linkOn = ({ url, name }: FoundServer): Link => {
        const source = `${url}/volumes/${name}`;
        return {
          url: linkTo(`${url}/view/`, viewerState({ name, source, info, contrast })),
          publicUrl: publicLink({ name, info, contrast }, volume.url) ?? null,
        };
      };
      const running = await findServer(volume.url, firstPort);
      if (options.printUrl) {
        const freePort = running || options.port !== undefined ? firstPort : await nextFreePort(firstPort);
        if (!running)
          tell(`no server shows it now; \`cirrus serve --port ${freePort} ${shellWord(path)}\` makes the link work`);
        const there = running ?? { url: `http://127.0.0.1:${freePort}`, name: volume.name };
        return { state: "printed" as const, ...linkOn(there), contrast };
      }
      const server = running ? undefined : await startServer({ paths: [path], port: options.port }, context);
      const link = linkOn(running ?? { url: server!.url, name: volume.name });
      if (options.open && !(await openIn(link.url))) tell("no browser could be opened: open the link yourself");
      if (!server) return { state: "running elsewhere" as const, ...link, contrast };
      if (json) show({ state: "running", ...link, contrast }, () => "");
      else io.stdout.write(`${textOf(link)}\nCtrl-C ends it\n`);
      await server.untilStopped();
      return { state: "stopped" as const, ...link, contrast };
    } finally {
      await volume.store.close();
    }
  },
  render: (data) => (data.state === "stopped" ? "" : textOf(data)),
});

async function openIn(url: string): Promise<boolean> {
  const { openBrowser } = await import("../open-browser.js");
  return openBrowser(url);
}

const textOf = ({ url, publicUrl }: Link): string => [url, publicUrl].filter(Boolean).join("\n");
