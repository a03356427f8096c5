import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FaultCode, faultCodes, HistoryReader, readHistory } from "../src/index.ts";
import { MAX_LINE_CHARACTERS } from "../src/format/history-reader.ts";
import { examples } from "../src/cli/examples.ts";

const header = `{"history":1,"model":"register"}`;
const read = `{"client":"a","operation":"read","call":1,"return":2,"result":{"value":1}}`;

function faultsOf(text: string): readonly (readonly [number, FaultCode])[] {
  const result = readHistory(text);
  return "faults" in result ? result.faults.map(({ line, code }) => [line, code]) : [];
}

/** What is wrong, its code, and the line; read as the second one of a register's history. */
const badLines: readonly (readonly [string, FaultCode, string])[] = [
  ["no JSON", "HISTORY_NOT_JSON", `{"client":`],
  ["a list", "HISTORY_NOT_JSON", `[1]`],
  ["null", "HISTORY_NOT_JSON", `null`],
  ["a number", "HISTORY_NOT_JSON", `7`],
  ["two objects", "HISTORY_NOT_JSON", `${read}${read}`],
  ["a deep nest", "HISTORY_NOT_JSON", "[".repeat(60_000)],
  ["too long a line", "HISTORY_LINE_TOO_LONG", `{"client":"${"x".repeat(MAX_LINE_CHARACTERS)}"}`],
  ["__proto__", "HISTORY_KEY_REFUSED", `{"__proto__":{"client":"a"},"call":1}`],
  ["constructor", "HISTORY_KEY_REFUSED", read.replace(`"call"`, `"constructor":1,"call"`)],
  ["prototype in a result", "HISTORY_KEY_REFUSED", read.replace(`{"value":1}`, `{"value":1,"prototype":2}`)],
  ["__proto__ in the arguments", "HISTORY_KEY_REFUSED", `{"client":"a","operation":"write","arguments":{"__proto__":{"value":1}},"call":1}`],
  ["an unknown key", "HISTORY_KEY_UNKNOWN", read.replace(`"call"`, `"note":"x","call"`)],
  ["an argument too many", "HISTORY_KEY_UNKNOWN", read.replace(`"call"`, `"arguments":{"value":1},"call"`)],
  ["a result too many", "HISTORY_KEY_UNKNOWN", read.replace(`{"value":1}`, `{"value":1,"version":2}`)],
  ["a result of an unknown outcome", "HISTORY_KEY_UNKNOWN", read.replace(`,"return":2`, "")],
  ["no client", "HISTORY_KEY_MISSING", read.replace(`"client":"a",`, "")],
  ["no call", "HISTORY_ID_UNKNOWN", `{"id":"a","return":2}`],
  ["neither call nor return", "HISTORY_KEY_MISSING", `{"client":"a"}`],
  ["no result", "HISTORY_KEY_MISSING", read.replace(`,"result":{"value":1}`, "")],
  ["ok without a return", "HISTORY_KEY_MISSING", read.replace(`"return":2`, `"outcome":"ok"`)],
  ["an operation of another model", "HISTORY_OPERATION_UNKNOWN", read.replace("read", "sell")],
  ["an operation that every object has", "HISTORY_OPERATION_UNKNOWN", read.replace("read", "toString")],
  ["an empty client", "HISTORY_VALUE_INVALID", read.replace(`"a"`, `""`)],
  ["a client that is a list", "HISTORY_VALUE_INVALID", read.replace(`"a"`, `["a"]`)],
  ["an outcome that there is not", "HISTORY_VALUE_INVALID", read.replace(`"call"`, `"outcome":"info","call"`)],
  ["a time with a fraction", "HISTORY_VALUE_INVALID", read.replace(`"return":2`, `"return":2.5`)],
  ["a time that is not exact", "HISTORY_VALUE_INVALID", read.replace(`"return":2`, `"return":9007199254740993`)],
  ["a time beyond all numbers", "HISTORY_VALUE_INVALID", read.replace(`"return":2`, `"return":1e400`)],
  ["a time beyond 64 bits", "HISTORY_VALUE_INVALID", read.replace(`"return":2`, `"return":"9223372036854775808"`)],
  ["a time in hexadecimal", "HISTORY_VALUE_INVALID", read.replace(`"return":2`, `"return":"0x10"`)],
  ["an empty time", "HISTORY_VALUE_INVALID", read.replace(`"return":2`, `"return":""`)],
  ["a value with parts", "HISTORY_VALUE_INVALID", read.replace(`"value":1`, `"value":[1]`)],
  ["a value with a fraction", "HISTORY_VALUE_INVALID", read.replace(`"value":1`, `"value":0.1`)],
  ["a value that is not exact", "HISTORY_VALUE_INVALID", read.replace(`"value":1`, `"value":-9007199254740993`)],
  ["arguments that are a list", "HISTORY_VALUE_INVALID", read.replace(`"call"`, `"arguments":[],"call"`)],
  ["a return before its call", "HISTORY_RETURN_TOO_EARLY", read.replace(`"return":2`, `"return":0`)],
  ["a second header", "HISTORY_HEADER_MISPLACED", header],
]; // prettier-ignore

describe("readHistory refuses", () => {
  test.each(badLines)("%s as %s, and reads the other lines", (_, code, line) => {
    expect(faultsOf(`${header}\n${line}\n${read}\n{}\n`)).toEqual([[2, code], [4, "HISTORY_KEY_MISSING"]]); // prettier-ignore
  });

  test("a key for objects' own machinery, and touches none", () => {
    readHistory(`${header}\n{"__proto__":{"polluted":true},"client":"a"}\n`);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  const open = (id: string): string => `{"id":${id},"client":"a","operation":"write","arguments":{"value":1},"call":5}`; // prettier-ignore
  const ids: readonly (readonly [string, readonly string[], FaultCode])[] = [
    ["two calls of one id", [open(`"x"`), open(`"x"`)], "HISTORY_ID_REPEATED"],
    ["a number and its digits as two ids", [open(`7`), open(`"7"`)], "HISTORY_ID_REPEATED"],
    ["two returns of one call", [open(`1`), `{"id":1,"return":6}`, `{"id":1,"return":7}`], "HISTORY_ID_REPEATED"],
    ["a return of a call that had one", [open(`1`).replace("}", "}").replace(`"call":5`, `"call":5,"return":6`), `{"id":1,"return":7}`], "HISTORY_ID_REPEATED"],
    ["a return before its call in the file", [`{"id":1,"return":6}`], "HISTORY_ID_UNKNOWN"],
    ["a return before its call in time", [open(`1`), `{"id":1,"return":4}`], "HISTORY_RETURN_TOO_EARLY"],
    ["a return with a client", [open(`1`), `{"id":1,"return":6,"client":"a"}`], "HISTORY_KEY_UNKNOWN"],
    ["an id that every object has", [`{"id":"toString","return":6}`], "HISTORY_ID_UNKNOWN"],
  ]; // prettier-ignore
  test.each(ids)("%s", (_, lines, code) => {
    expect(faultsOf([header, ...lines, ""].join("\n"))).toEqual([[lines.length + 1, code]]);
  });

  const headers: readonly (readonly [string, string, FaultCode])[] = [
    ["another version", `{"history":2,"model":"register"}`, "HISTORY_VERSION_UNKNOWN"],
    ["a version that is a text", `{"history":"1","model":"register"}`, "HISTORY_VALUE_INVALID"],
    ["another model", `{"history":1,"model":"queue"}`, "HISTORY_VALUE_INVALID"],
    ["no model", `{"history":1}`, "HISTORY_MODEL_UNKNOWN"],
    ["no capacity", `{"history":1,"model":"ticket-pool"}`, "HISTORY_MODEL_UNKNOWN"],
    ["a capacity of 0", `{"history":1,"model":"ticket-pool","capacity":0}`, "HISTORY_VALUE_INVALID"],
    ["a capacity of a register", `{"history":1,"model":"register","capacity":3}`, "HISTORY_MODEL_UNKNOWN"],
    ["an initial value of a mutex", `{"history":1,"model":"mutex","initial":0}`, "HISTORY_MODEL_UNKNOWN"],
    ["an unknown key", `{"history":1,"model":"mutex","modle":"x"}`, "HISTORY_KEY_UNKNOWN"],
    ["an error of the clock that is negative", `{"history":1,"model":"mutex","clockErrorNs":-1}`, "HISTORY_VALUE_INVALID"],
  ]; // prettier-ignore
  test.each(headers)("a header with %s, and reads nothing more", (_, text, code) => {
    expect(faultsOf(`${text}\n${read}\nnonsense\n`)).toEqual([[1, code]]);
  });

  test("a death with a return", () => {
    const died = `{"client":"a","operation":"died","call":1,"return":2}`;
    expect(faultsOf(`{"history":1,"model":"mutex"}\n${died}\n`)).toEqual([[2, "HISTORY_VALUE_INVALID"]]); // prettier-ignore
  });

  test("a history without a word on its model, once", () => {
    expect(faultsOf(`${read}\n${read}\n`)).toEqual([[1, "HISTORY_MODEL_UNKNOWN"]]);
    expect(faultsOf("")).toEqual([[1, "HISTORY_MODEL_UNKNOWN"]]);
  });
});

describe("readHistory", () => {
  test("tells what, why and what to do, and nothing that could change a terminal", () => {
    for (const [, , line] of badLines) {
      const result = readHistory(`${header}\n${line.replaceAll("x", "\u009b\u202e\u0007")}\n`);
      if (!("faults" in result)) continue;
      for (const { message } of result.faults) {
        expect(message).toMatch(/^.+\. [A-Z].*\.$|Allowed: .+\.$/);
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(message.length).toBeLessThan(400);
      }
    }
  });

  test("keeps times of 64 bits exactly", () => {
    const line = read.replace(`"call":1,"return":2`, `"call":"-9223372036854775808","return":"9223372036854775807"`); // prettier-ignore
    const result = readHistory(`${header}\n${line}\n`);
    if ("faults" in result) throw new Error("refused");
    expect(result.history.calls[0]).toMatchObject({ calledNs: -(2n ** 63n), returnedNs: 2n ** 63n - 1n }); // prettier-ignore
  });

  test("takes calls in any order, blank lines and line ends of Windows", () => {
    const later = read.replace(`"call":1,"return":2`, `"call":10,"return":20`);
    expect(faultsOf(`${header}\r\n${later}\r\n\r\n${read}\r\n`)).toEqual([]);
  });

  test("leaves out calls without effect, and counts them", () => {
    const failed = `{"client":"a","operation":"write","arguments":{"value":1},"call":1,"return":2,"outcome":"fail"}`; // prettier-ignore
    expect(readHistory(`${header}\n${failed}\n`)).toMatchObject({ failed: 1, history: { calls: [] } }); // prettier-ignore
  });

  test("takes a return of unknown outcome, and no return, for the same", () => {
    const call = `{"id":1,"client":"a","operation":"write","arguments":{"value":1},"call":1}`;
    const callsOf = (text: string): unknown => (readHistory(text) as { history: { calls: unknown } }).history.calls; // prettier-ignore
    const open = callsOf(`${header}\n${call}\n`);
    expect(callsOf(`${header}\n${call}\n{"id":1,"return":9,"outcome":"unknown"}\n`)).toEqual(open);
    expect(open).toMatchObject([{ returnedNs: undefined }]);
  });

  test("takes a history cut anywhere for what was known then", () => {
    const text = examples["ticket-pool"];
    const firstCall = text.indexOf("\n", text.indexOf("\n") + 1) + 1;
    for (let length = firstCall; length <= text.length; length++) {
      const result = readHistory(text.slice(0, length));
      expect([length, "history" in result]).toEqual([length, true]);
    }
  });

  test("refuses a last line that is cut off where calls are written with their returns", () => {
    const text = examples.register.trimEnd().slice(0, -1);
    expect(faultsOf(text)).toEqual([[7, "HISTORY_NOT_JSON"]]);
    expect(faultsOf(`${header}\n{"client":`)).toEqual([[2, "HISTORY_NOT_JSON"]]);
    expect(faultsOf("nonsense")).toEqual([[1, "HISTORY_NOT_JSON"]]);
  });

  test("never throws, and gives every fault a known code, whatever it reads", () => {
    const lines = Object.values(examples).flatMap((text) => text.trimEnd().split("\n"));
    const spoilt = fc
      .tuple(fc.constantFrom(...lines), fc.nat(), fc.nat(20), fc.string({ unit: "binary", maxLength: 6 }))
      .map(([line, at, cut, put]) => line.slice(0, at % (line.length + 1)) + put + line.slice((at % (line.length + 1)) + cut)); // prettier-ignore
    const anything = fc.oneof(spoilt, fc.json(), fc.string({ unit: "binary" }), fc.constantFrom(...lines)); // prettier-ignore
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 30 }), (texts) => {
        const reader = new HistoryReader({ model: "register" });
        for (const text of texts) reader.readLine(text);
        reader.readLastLine(texts.at(-1) ?? "");
        const result = reader.finish();
        if ("history" in result) return;
        expect(result.faults.length).toBeGreaterThan(0);
        expect(result.faults.length).toBeLessThanOrEqual(20);
        for (const { code } of result.faults) expect(Object.hasOwn(faultCodes, code)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
