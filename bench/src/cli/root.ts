import { fileURLToPath } from "node:url";

/** Top of the workspace. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
