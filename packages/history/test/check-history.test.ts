import { describe, expect, test } from "vitest";
import { generateHistory } from "../src/generate/index.ts";
import { checkHistory, modelNames, type ModelName } from "../src/index.ts";
import { historyOf, line } from "./history-of.ts";

const register = `{"history":1,"model":"register","initial":0}`;
const mutex = `{"history":1,"model":"mutex"}`;
const pool = `{"history":1,"model":"ticket-pool","capacity":3}`;

const value = (value: unknown): Rest => ({ result: { value } });
const write = (value: unknown): Rest => ({ arguments: { value } });
const token = (token: number): Rest => ({ result: { token } });
const order = (order: string, quantity = 1): Rest => ({
  arguments: { order, buyer: "b", quantity },
});
const sold = (name: string, firstSerial: number, quantity = 1): Rest => ({
  ...order(name, quantity),
  result: { firstSerial, quantity },
});
const soldOut = (name: string, quantity = 1): Rest => ({
  ...order(name, quantity),
  result: { soldOut: true },
});

type Rest = Readonly<Record<string, unknown>>;

/** What a history is an example of, its verdict, and its lines. */
type Example = readonly [string, "ok" | "violation", readonly string[]];

const examples: readonly Example[] = [
  ["no call", "ok", [register]],
  ["a read of the initial value", "ok", [register, line("a read 1-2", value(0))]],
  ["a read that sees an overlapping write", "ok", [register, line("a write 1-9", write(1)), line("b read 2-3", value(1))]],
  ["a read that does not", "ok", [register, line("a write 1-9", write(1)), line("b read 2-3", value(0))]],
  ["a read after a write that does not see it", "violation", [register, line("a write 1-2", write(1)), line("b read 3-4", value(0))]],
  ["a call that begins when another returns, since no clock tells them apart", "ok", [register, line("a write 1-3", write(1)), line("b read 3-4", value(0))]],
  ["two reads that see two writes in two orders", "violation", [register, line("a write 1-9", write(1)), line("b write 1-9", write(2)), line("c read 10-11", value(1)), line("d read 12-13", value(2))]],
  ["an unknown write that takes effect late", "ok", [register, line("a write 1", write(1)), line("b read 3-4", value(0)), line("b read 5-6", value(1))]],
  ["an unknown write that takes effect and is undone", "violation", [register, line("a write 1", write(1)), line("b read 3-4", value(1)), line("b read 5-6", value(0))]],
  ["two swaps that expect the same", "violation", [register, line("a cas 1-9", { arguments: { expected: 0, value: 1 } }), line("b cas 1-9", { arguments: { expected: 0, value: 2 } })]],
  ["a swap that fails although all agree", "violation", [register, line("a cas 1-9", { arguments: { expected: 0, value: 1 }, result: { swapped: false } })]],
  ["a text that looks like the number", "violation", [register, line("a read 1-2", value("0"))]],

  ["two holders one after the other", "ok", [mutex, line("a acquire 1-2", token(1)), line("a release 3-4"), line("b acquire 2-5", token(2))]],
  ["two holders at a time", "violation", [mutex, line("a acquire 1-2", token(1)), line("b acquire 3-4", token(2)), line("a release 5-6")]],
  ["two holders at a time without tokens", "violation", [mutex, line("a acquire 1-2"), line("b acquire 3-4"), line("a release 5-6")]],
  ["a token that is not higher", "violation", [mutex, line("a acquire 1-2", token(5)), line("a release 3-4"), line("a acquire 5-6", token(5))]],
  ["a release by somebody else", "violation", [mutex, line("a acquire 1-2", token(1)), line("b release 3-4")]],
  ["a try that fails while held", "ok", [mutex, line("a acquire 1-2", token(1)), line("b tryAcquire 3-4", { result: { acquired: false } })]],
  ["a try that fails while free", "violation", [mutex, line("b tryAcquire 3-4", { result: { acquired: false } })]],
  ["a holder that died before the next", "ok", [mutex, line("a acquire 1-2", token(1)), line("a died 3"), line("b acquire 4-5", token(2))]],
  ["a holder that died after the next was granted", "violation", [mutex, line("a acquire 1-2", token(1)), line("b acquire 4-5", token(2)), line("a died 6")]],
  ["a release that never returned", "ok", [mutex, line("a acquire 1-2", token(1)), line("a release 3"), line("b acquire 4-5", token(2))]],
  ["an acquisition that was given up", "ok", [mutex, line("a acquire 1-2", token(1)), line("b acquire 3-9", { outcome: "fail" }), line("a release 4-5"), line("c acquire 6-7", token(2))]],
  ["a try that fails because of an acquisition of which nobody heard", "ok", [mutex, line("a acquire 1"), line("b tryAcquire 3-4", { result: { acquired: false } })]],

  ["sales in the order of their serials", "ok", [pool, line("a sell 1-2", sold("x", 0, 2)), line("b sell 3-4", sold("y", 2)), line("c sell 5-6", soldOut("z")), line("c read 7-8", { result: { remaining: 0 } })]],
  ["a serial sold twice", "violation", [pool, line("a sell 1-2", sold("x", 0)), line("b sell 1-2", sold("y", 0))]],
  ["a serial sold to nobody", "violation", [pool, line("a sell 1-2", sold("x", 1))]],
  ["a serial sold to nobody who heard of it", "ok", [pool, line("b sell 1", order("y")), line("a sell 1-2", sold("x", 1))]],
  ["more sold than there are", "violation", [pool, line("a sell 1-2", sold("x", 0, 2)), line("a sell 3-4", sold("y", 2, 2))]],
  ["serials against real time", "violation", [pool, line("a sell 1-2", sold("x", 1)), line("a sell 3-4", sold("y", 0))]],
  ["an order that is repeated", "ok", [pool, line("a sell 1-2", sold("x", 0)), line("a sell 3-4", sold("x", 0))]],
  ["an order whose reply was lost, repeated", "ok", [pool, line("a sell 1", order("x")), line("b sell 3-4", sold("y", 1)), line("a sell 5-6", sold("x", 0))]],
  ["an order that is sold twice", "violation", [pool, line("a sell 1-2", sold("x", 0)), line("a sell 3-4", sold("x", 1))]],
  ["sold out too early", "violation", [pool, line("a sell 1-2", soldOut("x", 2)), line("a sell 3-4", sold("y", 0, 3))]],
  ["sold out for who wants many", "ok", [pool, line("a sell 1-2", sold("x", 0, 2)), line("b sell 3-4", soldOut("y", 2)), line("c sell 5-6", sold("z", 2))]],
  ["a read that has not seen a sale", "violation", [pool, line("a sell 1-2", sold("x", 0)), line("b read 3-4", { result: { remaining: 3 } })]],
]; // prettier-ignore

describe.each(["any", "search"] as const)("checkHistory by %s", (method) => {
  test.each(examples)("judges %s: %s", (_, verdict, lines) => {
    expect(checkHistory(historyOf(lines), { method }).verdict).toBe(verdict);
  });
});

describe("checkHistory", () => {
  test("judges each object apart, and all together", () => {
    const on = (object: string, text: string, rest: Rest): string =>
      line(text, { ...rest, object });
    const history = historyOf([
      register,
      on("x", "a write 1-2", write(1)),
      on("y", "a read 3-4", value(0)),
      on("x", "a read 5-6", value(0)),
    ]);
    const { verdict, objects } = checkHistory(history);
    expect(verdict).toBe("violation");
    expect(objects.map(({ object, verdict }) => [object, verdict])).toEqual([["x", "violation"], ["y", "ok"]]); // prettier-ignore
  });

  test("allows for clocks that differ", () => {
    const lines = [line("a write 1-20", write(1)), line("b read 35-40", value(0))];
    const header = (clockErrorNs: number): string =>
      `{"history":1,"model":"register","initial":0,"clockErrorNs":${clockErrorNs}}`;
    expect(checkHistory(historyOf([header(7), ...lines])).verdict).toBe("violation");
    expect(checkHistory(historyOf([header(8), ...lines])).verdict).toBe("ok");
  });

  test("names the call that does not fit, and where the register stood", () => {
    const history = historyOf([
      register,
      line("a write 1-2", write(1)),
      line("b read 3-4", value(1)),
      line("c read 5-9", value(7)),
      line("a write 6-12", write(7)),
      line("b read 7-8", value(1)),
      line("d read 10-11", value(0)),
      line("a write 20-21", write(0)),
    ]);
    const violation = checkHistory(history).objects[0]!.violation!;
    expect(violation.call).toMatchObject({ client: "d", calledNs: 10n });
    expect(violation.sentence).toMatch(/^The call of client "d" from 10 to 11 ns, read 0, fits nowhere/); // prettier-ignore
    expect(violation.sentence).toContain("the register holds 7");
    expect(violation.prefix).toMatchObject({ isLongest: true, returned: 4 });
    expect(violation.prefix.order.map(({ line }) => line)).toEqual([2, 3, 6, 5, 4]);
  });

  test("tells which serial was sold twice", () => {
    const history = historyOf([pool, line("a sell 1-2", sold("x", 0)), line("b sell 1-2", sold("y", 0))]); // prettier-ignore
    const { method, violation } = checkHistory(history).objects[0]!;
    expect(method).toBe("order");
    expect(violation!.sentence).toContain(`Serial 0 was sold twice, for order "x" and for order "y".`); // prettier-ignore
  });

  test.each(modelNames)("says unknown of a %s at its limit of steps, and not before", (model) => {
    const history = generateHistory(1, model, 4, 60);
    const limited = (steps: number): string =>
      checkHistory(history, { steps, method: "search" }).verdict;
    const { steps } = checkHistory(history, { method: "search" }).objects[0]!;
    expect(limited(steps - 1)).toBe("unknown");
    expect(limited(steps)).toBe("ok");
  });

  test("says violation by serials although the search would reach its limit, and how far it is sure", () => {
    const history = generateHistory(1, "ticket-pool", 4, 60, { mutate: "gap" });
    const { verdict, objects } = checkHistory(history, { steps: 5 });
    expect(verdict).toBe("violation");
    expect(objects[0]!.violation!.prefix.isLongest).toBe(false);
    expect(objects[0]!.violation!.sentence).toMatch(/reached its limit of steps\. .*sold/);
  });

  test.each([0, -1, 0.5, Number.NaN, Infinity])("refuses %s steps", (steps) => {
    expect(() => checkHistory(historyOf([register]), { steps })).toThrow(RangeError);
  });
});

describe("the order of serials and tokens agrees with the search", () => {
  const cases: readonly (readonly [ModelName, number])[] = [["ticket-pool", 0], ["ticket-pool", 0.02], ["mutex", 0], ["mutex", 0.05]]; // prettier-ignore
  test.each(cases)("on histories of a %s with %s deaths", (model, crashes) => {
    let quick = 0;
    for (let seed = 0; seed < 300; seed++) {
      const history = generateHistory(seed, model, 2 + (seed % 7), 20 + (seed % 80), { crashes });
      const [any, searched] = [checkHistory(history), checkHistory(history, { method: "search" })];
      expect([seed, any.verdict, searched.verdict]).toEqual([seed, "ok", "ok"]);
      if (any.objects[0]!.method === "order") quick++;
    }
    expect(quick).toBeGreaterThan(crashes === 0 ? 299 : 30);
  });
});

describe("checkHistory keeps calls of unknown outcome from exploding", () => {
  test("identical writes that nobody heard of, before a violation", () => {
    const unknown = Array.from({ length: 60 }, (_, i) => line(`u${i} write 1`, write(1)));
    const reads = [line("a read 3-4", value(1)), line("a read 5-6", value(2))];
    const { verdict, objects } = checkHistory(historyOf([register, ...unknown, ...reads]));
    expect(verdict).toBe("violation");
    expect(objects[0]!.steps).toBeLessThan(1_000);
  });

  test("different writes that nobody reads", () => {
    const unknown = Array.from({ length: 60 }, (_, i) => line(`u${i} write 1`, write(100 + i)));
    const reads = [line("a read 3-4", value(0)), line("a read 5-6", value(2))];
    const { verdict, objects } = checkHistory(historyOf([register, ...unknown, ...reads]));
    expect(verdict).toBe("violation");
    expect(objects[0]!.steps).toBeLessThan(1_000);
  });

  test.each(modelNames)("2 000 calls of a %s, one client in twenty dies in each", (model) => {
    const history = generateHistory(3, model, 8, 2_000, { crashes: 0.05 });
    expect(checkHistory(history, { method: "search" }).verdict).toBe("ok");
  });
});
