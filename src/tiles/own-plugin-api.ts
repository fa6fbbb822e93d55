/**
 * Lets plugins in any folder say `import ... from "cirrus/plugin"`: it means the copy of cirrus that loads them, whether or not one is
 * installed beside them (as with npx, or a global install).
 */
import * as nodeModule from "node:module";

const api = new URL("../plugin.js", import.meta.url).href;

/** The hook for Node below 22.15, which runs it in a thread of its own: as text, so that there is no file to find. */
const hookText = `
  export const resolve = (specifier, context, next) =>
    specifier === "cirrus/plugin" ? { url: ${JSON.stringify(api)}, shortCircuit: true } : next(specifier, context);
`;

type Resolve = (specifier: string, context: unknown, next: (specifier: string, context: unknown) => unknown) => unknown;
/** Of Node 22.15 and later, which the types of Node 20 do not know. */
type RegisterHooks = (hooks: { readonly resolve: Resolve }) => void;

let isOffered = false;

/** Once per process, before the first plugin that is not built in. */
export function offerOwnPluginApi(): void {
  if (isOffered) return;
  isOffered = true;
  const registerHooks = "registerHooks" in nodeModule ? (nodeModule.registerHooks as RegisterHooks) : undefined;
  if (!registerHooks) {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(hookText)}`);
    return;
  }
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cirrus/plugin" ? { url: api, shortCircuit: true } : next(specifier, context),
  });
}
