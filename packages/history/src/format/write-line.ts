import type { Call, History, Settings } from "../history.ts";
import { modelOf } from "../models/models.ts";
import { FORMAT_VERSION } from "./header.ts";

/** One line of a history, with its line end. Integers of any size become texts of digits. */
export function writeLine(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === "bigint" ? String(each) : each,
  );
  return `${text}\n`;
}

/**
 * The first line of a file, which makes it plain without options what the history is of.
 * @param clockErrorNs - how far the clocks of two clients may be apart
 */
export function headerLine(settings: Settings, clockErrorNs = 0n): string {
  return writeLine({
    history: FORMAT_VERSION,
    ...settings,
    ...(clockErrorNs > 0n && { clockErrorNs: Number(clockErrorNs) }),
  });
}

/** A history in its format: the header, and one line for each call. */
export function writeHistory({ settings, calls, clockErrorNs }: History): string {
  const model = modelOf(settings);
  const lines = calls.map((call: Call) => {
    const { client, object, operation, calledNs, returnedNs } = call;
    const { arguments: given = {}, result = {} } = model.write(operation);
    return writeLine({
      client,
      ...(object !== "" && { object }),
      operation: operation.name,
      ...(Object.keys(given).length > 0 && { arguments: given }),
      call: calledNs,
      ...(returnedNs !== undefined && { return: returnedNs }),
      ...(returnedNs !== undefined && Object.keys(result).length > 0 && { result }),
    });
  });
  return headerLine(settings, clockErrorNs) + lines.join("");
}
