import { brokenRuntimes } from "../broken-runtimes.ts";

/** The one whose contenders are of this runtime. */
export const adapter: (typeof brokenRuntimes)[number] = brokenRuntimes.find(
  ({ name }) => name === "deno",
)!;
