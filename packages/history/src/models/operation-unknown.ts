import { HistoryFault, quote } from "../format/history-fault.ts";

export function operationUnknown(name: string, names: readonly string[]): HistoryFault {
  return new HistoryFault(
    "HISTORY_OPERATION_UNKNOWN",
    `the operation is ${quote(name)}. Allowed in this model: ${names.join(", ")}.`,
  );
}
