export { generateHistory, type GenerateOptions, mutationNames } from "./generate-history.ts";
