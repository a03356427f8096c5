import { expect, test } from "vitest";
import { fillSlot } from "../generated-slot.ts";

const document = "a\n<!-- generated: x -->\nold\n<!-- /generated: x -->\nb\n";

test("fillSlot replaces what stands in the slot and nothing else", () => {
  expect(fillSlot(document, "x", "new", "some.md")).toBe(
    "a\n<!-- generated: x -->\n\nnew\n\n<!-- /generated: x -->\nb\n",
  );
});

test("fillSlot changes nothing the second time", () => {
  const once = fillSlot(document, "x", "new", "some.md");
  expect(fillSlot(once, "x", "new", "some.md")).toBe(once);
});

test.each([
  ["no slot", "a\n"],
  ["a slot that is not closed", "<!-- generated: x -->\n"],
  ["two slots of one name", document + document],
])("fillSlot refuses %s", (_description, content) => {
  expect(() => fillSlot(content, "x", "new", "some.md")).toThrow(
    "cannot fill the slot x of some.md",
  );
});
