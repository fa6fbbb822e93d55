/** A server of the library in this process, on a free port, gone with the test. */
import { request, type IncomingHttpHeaders } from "node:http";
import type { TestContext } from "node:test";
import { listen, type ListenOptions, type RunningServer } from "#src/server/listen.js";
import { openServed } from "#src/server/served-volume.js";
import type { StoreOptions } from "#src/storage/store.js";

export interface Serving extends RunningServer {
  readonly unexpected: unknown[];
  get(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServingOptions extends Partial<Pick<ListenOptions, "host" | "cors" | "port">> {
  readonly store?: StoreOptions;
}

export async function serving(
  context: Pick<TestContext, "after">,
  paths: readonly string[],
  { store, ...options }: ServingOptions = {},
): Promise<Serving> {
  const volumes = await openServed(paths, store);
  const unexpected: unknown[] = [];
  const server = await listen({
    volumes,
    version: "0.0.0",
    cors: undefined,
    port: 0,
    onError: (error) => unexpected.push(error),
    ...options,
  });
  context.after(async () => {
    await server.close();
    for (const volume of volumes) await volume.store.close();
  });
  return { ...server, unexpected, get: (path, headers, method) => rawRequest(server.port, path, { headers, method }) };
}

/** The path goes out as it is written, `..` and all, which `fetch` would not do. */
export function rawRequest(
  port: number,
  path: string,
  {
    headers = {},
    method = "GET",
  }: { readonly headers?: Readonly<Record<string, string>> | undefined; readonly method?: string | undefined } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (reply) => {
      const parts: Buffer[] = [];
      reply.on("data", (part: Buffer) => parts.push(part));
      reply.once("error", reject);
      reply.once("end", () =>
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.once("error", reject);
    asked.end();
  });
}
