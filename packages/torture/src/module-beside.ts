/** tsc does not rewrite a URL, so the extension is that of this very file. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** The module of this package at `path`, from its top and without extension: a job or a workload. */
export function moduleBeside(path: `./${string}`): URL {
  return new URL(`${path}${extension}`, import.meta.url);
}
