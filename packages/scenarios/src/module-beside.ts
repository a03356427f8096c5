/**
 * URL of another module of this package. tsc does not rewrite an extension within a URL, so it is
 * taken from the module that asks: `.ts` in the repository, `.js` as published.
 */
export function moduleBeside(path: string, from: string): URL {
  return new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}
