export { caseNames, listCases } from "./cases.ts";
export type { ConformanceCase, ConformanceOptions } from "./conformance-case.ts";
export { conformance, runtimesConformance, type TestFunction } from "./conformance.ts";
export { ConformanceError } from "./kit/expect.ts";
export { listRuntimesCases } from "./runtimes-cases.ts";
export { quickConformance, type QuickResult } from "./quick-conformance.ts";
