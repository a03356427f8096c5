/** What can be wrong with a line of a history. Each code is stable. */
export const faultCodes = {
  HISTORY_NOT_TEXT: "The line is not UTF-8.",
  HISTORY_LINE_TOO_LONG: "The line is longer than 65 536 characters.",
  HISTORY_NOT_JSON: "The line is not one JSON object.",
  HISTORY_KEY_REFUSED: "A key is `__proto__`, `constructor` or `prototype`.",
  HISTORY_KEY_UNKNOWN: "A key is not one that this line may have.",
  HISTORY_KEY_MISSING: "A key that this line must have is not there.",
  HISTORY_VALUE_INVALID: "A value is of the wrong type or out of its range.",
  HISTORY_HEADER_MISPLACED: "A header is not the first line.",
  HISTORY_VERSION_UNKNOWN:
    "The header names a version of the format that this checker does not read.",
  HISTORY_MODEL_UNKNOWN:
    "Neither the header nor the caller says which model it is, or they disagree.",
  HISTORY_OPERATION_UNKNOWN: "The model has no operation of that name.",
  HISTORY_RETURN_TOO_EARLY: "A call returns before it begins.",
  HISTORY_ID_REPEATED: "An id is used for two calls, or a call returns twice.",
  HISTORY_ID_UNKNOWN: "A return names an id that no earlier call has.",
  HISTORY_TOO_MANY_CALLS: "There are more than 5 000 000 calls.",
} as const;

export type FaultCode = keyof typeof faultCodes;

/** Why a line cannot be read: what, why, what to do. */
export class HistoryFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.name = "HistoryFault";
    this.code = code;
  }
}

/** A fault and where it is. */
export interface LineFault {
  /** From 1. */
  readonly line: number;
  readonly code: FaultCode;
  /** One line without the line's number. */
  readonly message: string;
}

const SHOWN_CHARACTERS = 60;

/** What somebody else has written, short and harmless in a message: no control character, nothing that turns text around. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}
