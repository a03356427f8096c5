import { z } from "zod";
import { reportSchema } from "./schema.ts";
import { SCHEMA_VERSION } from "./report.ts";

/** The JSON Schema (2020-12) of report.json: for readers that are not of this repository. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema, { target: "draft-2020-12" });
  return {
    $schema,
    title: "ticketlock bench report",
    description: `A report.json of ticketlock's bench, schema version ${SCHEMA_VERSION}. Times are nanoseconds where a name ends in Ns, microseconds where it ends in Us; "section" is microseconds.`,
    ...schema,
  };
}
