/** Opens a link in the user's browser. */
import { spawn } from "node:child_process";

/** Resolves to false when there is nothing to open it with: the link was printed anyway. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  const [command, ...before] = openers[platform] ?? ["xdg-open"];
  return new Promise((resolve) => {
    const child = spawn(command!, [...before, url], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  // `start` of cmd would take the & of a link for its own.
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};
