import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { gateReport } from "./gate-report.ts";
import { sampleReport } from "./sample-report.ts";

const file = new URL("../report.schema.json", import.meta.url);
const validate = new Ajv2020({ allErrors: true, strict: true }).compile(
  JSON.parse(readFileSync(file, "utf8")),
);

function faultsOf(report: unknown): string[] {
  validate(JSON.parse(JSON.stringify(report)));
  return (validate.errors ?? []).map(({ instancePath }) => instancePath);
}

describe("report.schema.json", () => {
  const report = sampleReport();

  test("takes every report that the bench writes", () => {
    expect(faultsOf(report)).toEqual([]);
    expect(faultsOf(gateReport())).toEqual([]);
  });

  test("names the place of what is wrong", () => {
    const withCell = (part: Record<string, unknown>): unknown => ({
      ...report,
      cells: report.cells.map((cell, i) => (i === 1 ? { ...cell, ...part } : cell)),
    });
    const environment = { ...report.environment, machine: undefined };
    expect(faultsOf({ ...report, schemaVersion: 1 })).toEqual(["/schemaVersion"]);
    expect(faultsOf({ ...report, environment })).toEqual(["/environment"]);
    expect(faultsOf(withCell({ role: "lookout" }))).toEqual(["/cells/1/role"]);
    expect(faultsOf(withCell({ blocks: [] }))).toEqual(["/cells/1/blocks"]);
    expect(faultsOf(withCell({ contenders: "two" }))).toEqual(["/cells/1/contenders"]);
  });
});
