/** What `serve` and `view` share: a server of this process that lives until Ctrl-C, and how to find one that runs. */
import { CirrusError, messageOf } from "../core/errors.js";
import type { ServedList } from "../server/app.js";
import type { RunningServer } from "../server/listen.js";
import type { ServedVolume } from "../server/served-volume.js";
import type { FoundToken } from "../storage/token.js";
import { packageVersion } from "./package-version.js";
import { watchSignals } from "./signals.js";
import type { CommandContext } from "./command.js";

export interface ServeOptions {
  readonly paths: readonly string[];
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly cors?: string | undefined;
  /** Only who brings the token of this machine's places gets an answer. */
  readonly requireToken?: boolean | undefined;
}

export interface Server extends RunningServer {
  readonly volumes: readonly ServedVolume[];
  /** Resolves when a signal has come and the server has ended. */
  untilStopped(): Promise<void>;
}

/** @throws CirrusError `E_USAGE` for a bad `--cors`; what `openServed` and `listen` throw */
export async function startServer(
  options: ServeOptions,
  { io, settings, tell, warn }: CommandContext,
): Promise<Server> {
  const { paths, host, port, cors } = options;
  if (cors !== undefined && cors !== "*" && originOf(cors) !== cors)
    throw new CirrusError("E_USAGE", `--cors ${cors} is no origin`, {
      hint: "an origin is like https://viewer.example.org, without a path; * allows every page",
    });
  const [known, { storeOptions }, { openServed }, { listen }] = await Promise.all([
    settings(),
    import("./settings.js"),
    import("../server/served-volume.js"),
    import("../server/listen.js"),
  ]);
  const token = options.requireToken ? await ownToken(io) : undefined;
  if (token) tell(`token: from ${token.from}; every request must bring it`);
  const volumes = await openServed(paths, storeOptions(known));
  const close = async () => {
    for (const { store } of volumes) await store.close();
  };
  try {
    const server = await listen({
      volumes,
      version: packageVersion(),
      cors,
      token: token?.token,
      onError: (error) => warn(messageOf(error)),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
    });
    return {
      ...server,
      volumes,
      async untilStopped() {
        const signals = watchSignals(() => {});
        await new Promise<void>((resolve) => signals.drain.addEventListener("abort", () => resolve()));
        signals.dispose();
        await server.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ownToken({ cwd, env }: CommandContext["io"]): Promise<FoundToken> {
  const { findToken } = await import("../storage/token.js");
  const found = await findToken({ flag: undefined, cwd, env });
  if (found) return found;
  throw new CirrusError("E_USAGE", "--require-token needs a token, and there is none", {
    hint: "put one into token.json here, INTERN_TOKEN, or ~/.intern/intern.cfg",
  });
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined;
}

export interface FoundServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /** Of the volume on that server. */
  readonly name: string;
}

/** How many ports from the first are looked at. */
const portsAsked = 10;
/** Where nobody listens the answer comes at once; a server on a busy machine takes its time. */
const patienceMs = 5000;

/** A server of cirrus on this machine that shows the volume. */
export async function findServer(volumeUrl: string, firstPort: number): Promise<FoundServer | undefined> {
  const asked = Array.from({ length: portsAsked }, (_, i) => `http://127.0.0.1:${firstPort + i}`);
  const found = await Promise.all(asked.map((url) => ask(url, volumeUrl)));
  return found.find((server) => server !== undefined);
}

async function ask(url: string, volumeUrl: string): Promise<FoundServer | undefined> {
  try {
    const reply = await fetch(`${url}/api/volumes`, { signal: AbortSignal.timeout(patienceMs) });
    const list = (await reply.json()) as Partial<ServedList> | null; // looked at below: anybody may listen there
    if (list?.server !== "cirrus" || !Array.isArray(list.volumes)) return undefined;
    const volume = (list.volumes as ServedList["volumes"]).find((one) => one.url === volumeUrl);
    return volume && { url, name: volume.name };
  } catch {
    return undefined; // nobody there, or somebody else
  }
}
