/**
 * Everything that `cirrus serve` answers:
 *
 *     /                     the volumes, for people
 *     /volumes/NAME/KEY     objects of a volume
 *     /previews/NAME.png    its picture
 *     /open/NAME            to the viewer, at the volume
 *     /view/                the viewer's page
 *     /api/volumes          the volumes, for programs
 */
import type { HttpBindings } from "@hono/node-server";
import { Hono, type HonoRequest } from "hono";
import { isCirrusError, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";
import { previewVolume } from "../volume/preview/preview.js";
import { guard, type GuardOptions } from "./guard.js";
import { answerPage } from "./page-files.js";
import { homePage, homePolicy, homePreview } from "./pages/home.js";
import { homeScript } from "./pages/script.js";
import { homeStyle } from "./pages/style.js";
import type { ServedVolume } from "./served-volume.js";
import { answerObject, plainText, statusOf } from "./surfaces/objects.js";
import { linkTo, viewerState } from "./viewer-state.js";
import { contrastFor } from "./volume-contrast.js";

export interface AppOptions extends GuardOptions {
  readonly volumes: readonly ServedVolume[];
  /** Of cirrus. */
  readonly version: string;
  /** Told of what nobody expected; the client gets a 500 without details. */
  readonly onError: (error: unknown) => void;
}

/** What `/api/volumes` says; `cirrus view` knows a server of its own kind by it. */
export interface ServedList {
  readonly server: "cirrus";
  readonly version: string;
  readonly volumes: readonly { readonly name: string; readonly url: string }[];
}

export function createApp(options: AppOptions): Hono<{ Bindings: HttpBindings }> {
  const { volumes, version, onError } = options;
  const byName = new Map(volumes.map((volume) => [volume.name, volume]));
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(guard(options));
  app.onError((error) => {
    if (isCirrusError(error)) return plainText(statusOf(error), redact(messageOf(error)));
    onError(error);
    return plainText(500, "the server failed; its terminal says why");
  });
  app.notFound(() => plainText(404, "there is no such page"));

  app.get("/volumes/*", async ({ req, env }) => {
    const path = decoded(req.path.slice("/volumes/".length));
    const end = path?.indexOf("/") ?? -1;
    const volume = path === undefined || end < 0 ? undefined : byName.get(path.slice(0, end));
    if (!volume || path === undefined) return plainText(404, "there is no such volume here");
    return answerObject(volume.store, path.slice(end + 1), {
      method: req.method === "HEAD" ? "HEAD" : "GET",
      range: req.header("range"),
      ifRange: req.header("if-range"),
      ifMatch: req.header("if-match"),
      ifNoneMatch: req.header("if-none-match"),
      acceptEncoding: req.header("accept-encoding"),
      breakOff: (cause) => {
        onError(cause);
        env.outgoing.destroy();
      },
    });
  });

  app.get("/", async ({ req }) => {
    const page = await homePage({ volumes, version, origin: originOf(req) });
    return new Response(page, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": homePolicy,
        "cache-control": "no-store",
      },
    });
  });
  app.get("/home.css", () => asset(homeStyle, "text/css"));
  app.get("/home.js", () => asset(homeScript, "text/javascript"));
  app.get("/favicon.ico", ({ req }) => answerPage("favicon.svg", req.header("accept-encoding")));

  app.get("/previews/:file{.+\\.png}", async ({ req }) => {
    const volume = byName.get(req.param("file").slice(0, -".png".length));
    if (!volume) return plainText(404, "there is no such volume here");
    try {
      const { png } = await previewVolume({ store: volume.store, info: await volume.info() }, homePreview);
      return picture(png as Uint8Array<ArrayBuffer>, "image/png"); // bytes of ours are never shared memory
    } catch (error) {
      if (isCirrusError(error)) return picture(noPreview, "image/svg+xml"); // the viewer may read what cirrus does not
      throw error;
    }
  });

  app.get("/open/:name", async ({ req, redirect }) => {
    const volume = byName.get(req.param("name"));
    if (!volume) return plainText(404, "there is no such volume here");
    const [info, contrast] = await Promise.all([volume.info(), contrastFor(volume)]);
    const source = `${originOf(req)}/volumes/${volume.name}`;
    return redirect(linkTo("/view/", viewerState({ name: volume.name, source, info, contrast })), 302);
  });
  app.get("/view", ({ redirect }) => redirect("/view/", 302));
  app.get("/view/*", ({ req }) =>
    answerPage(decoded(req.path.slice("/view/".length)) ?? "", req.header("accept-encoding")),
  );

  app.get("/api/volumes", ({ json }) => {
    const list: ServedList = { server: "cirrus", version, volumes: volumes.map(({ name, url }) => ({ name, url })) };
    return json(list, 200, { "cache-control": "no-store" });
  });
  return app;
}

/** `http://127.0.0.1:8000`, as the browser wrote it and the guard let it pass; the request's target may name another host. */
const originOf = (request: HonoRequest): string => `http://${request.header("host") ?? ""}`;

/** undefined for what is no legal encoding. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // URIError is all that it throws
  }
}

const picture = (content: string | Uint8Array<ArrayBuffer>, type: string): Response =>
  new Response(content, { headers: { "content-type": type, "cache-control": "private, max-age=60" } });

const noPreview =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><rect width="320" height="200" fill="#333"/><text x="160" y="106" fill="#ddd" font-family="sans-serif" font-size="18" text-anchor="middle">no preview</text></svg>';

const asset = (text: string, type: string): Response =>
  new Response(text, { headers: { "content-type": `${type}; charset=utf-8`, "cache-control": "no-cache" } });
