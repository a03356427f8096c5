import { reportJsonSchema } from "../../bench/src/report/json-schema.ts";
import type { GeneratedFile } from "../generate.ts";

/** The JSON Schema of the bench's report.json, from the schema by which the bench itself reads reports. */
export function generate(): readonly GeneratedFile[] {
  const content = `${JSON.stringify(reportJsonSchema(), null, 2)}\n`;
  return [{ path: "bench/report.schema.json", content }];
}
