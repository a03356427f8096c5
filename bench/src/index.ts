export type {
  CellStatistics,
  Environment,
  Report,
  ReportCell,
  Violation,
} from "./report/report.ts";
export { SCHEMA_VERSION } from "./report/report.ts";
export { reportSchema } from "./report/schema.ts";
