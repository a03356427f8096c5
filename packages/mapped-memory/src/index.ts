export { mappedSupport } from "./platform/current-platform.ts";
