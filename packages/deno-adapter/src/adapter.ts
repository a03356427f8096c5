export { adapter } from "./processes/adapter.ts";
