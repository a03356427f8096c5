import type { ViteUserConfig } from "vitest/config";
import { sharedConfig } from "../vitest.shared.ts";

const config: ViteUserConfig = sharedConfig(["test/**/*.test.ts"]);
export default config;
