import type { ViteUserConfig } from "vitest/config";
import { sharedConfig } from "../vitest.shared.ts";

const shared = sharedConfig();
// One file after the other: those that measure would disturb each other.
const config: ViteUserConfig = { ...shared, test: { ...shared.test, fileParallelism: false } };
export default config;
