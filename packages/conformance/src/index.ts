export { caseNames, type ConformanceCase, type ConformanceOptions, listCases } from "./cases.ts";
export { conformance, type TestFunction } from "./conformance.ts";
export { ConformanceError } from "./kit/expect.ts";
export { quickConformance, type QuickResult } from "./quick-conformance.ts";
