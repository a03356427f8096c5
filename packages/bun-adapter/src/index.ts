export { adapter } from "./adapter.ts";
export { bunProcessLauncher } from "./process-launcher.ts";
