import { expect, test } from "vitest";
import { HELLO, isHello } from "../../src/threads/messages.ts";

const hello = { type: HELLO, threadNumber: 7, osThreadId: 0, osThreadStart: 0 };

test("a first message names a thread by numbers that can be", () => {
  expect(isHello(hello)).toBe(true);
});

test.for([
  null,
  {},
  { ...hello, type: "ticketlock:goodbye" },
  ...[0, -1, 1.5, NaN, 2 ** 31, "7", undefined].map((threadNumber) => ({ ...hello, threadNumber })),
  { ...hello, osThreadId: -1 },
  { ...hello, osThreadStart: "0" },
])("a first message is none that says %j", (message) => {
  expect(isHello(message)).toBe(false);
});
