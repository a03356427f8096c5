import { parse, type DefaultTreeAdapterMap } from "parse5";
import { describe, expect, test } from "vitest";
import { generateHistory, mutationNames } from "../src/generate/index.ts";
import { checkHistory, type History, modelNames, timelineHtml } from "../src/index.ts";
import { historyOf, line } from "./history-of.ts";

type Node = DefaultTreeAdapterMap["node"];
type Element = DefaultTreeAdapterMap["element"];

function pageOf(history: History): string {
  const wrong = checkHistory(history).objects.find(({ violation }) => violation !== undefined);
  return timelineHtml(history, wrong!);
}

/** Parses as a browser does; what a browser would have to mend is an error. */
function elementsIn(html: string): readonly Element[] {
  const errors: string[] = [];
  const document = parse(html, { onParseError: ({ code }) => errors.push(code) });
  expect(errors).toEqual([]);
  const elements: Element[] = [];
  const walk = (node: Node): void => {
    if ("tagName" in node) elements.push(node);
    if ("childNodes" in node) node.childNodes.forEach(walk);
  };
  walk(document);
  return elements;
}

function named(elements: readonly Element[], tag: string, kind?: string): readonly Element[] {
  return elements.filter(({ tagName, attrs }) => {
    const classes = attrs.find(({ name }) => name === "class")?.value.split(" ") ?? [];
    return tagName === tag && (kind === undefined || classes.includes(kind));
  });
}

function textOf(node: Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

const simple = historyOf([
  `{"history":1,"model":"register","initial":0}`,
  line("ann write 1-4", { arguments: { value: 1 } }),
  line("bob read 2-3", { result: { value: 1 } }),
  line("cid write 5", { arguments: { value: 2 } }),
  line("bob read 6-8", { result: { value: 0 } }),
  line("ann read 20-21", { result: { value: 0 } }),
]);

describe("timelineHtml", () => {
  test("has a bar for each call up to the one that does not fit, which is marked in picture and table", () => {
    const elements = elementsIn(pageOf(simple));
    expect(named(elements, "rect", "bar")).toHaveLength(4);
    expect(named(elements, "rect", "misfit")).toHaveLength(1);
    expect(named(elements, "rect", "pending")).toHaveLength(1);
    const rows = named(elements, "tr").map(textOf);
    expect(rows).toHaveLength(5); // and a head
    expect(rows.at(-1)).toMatch(/bob.*read 0.*does not fit/);
  });

  test("shows the valid order as numbers along a line that never goes back", () => {
    const elements = elementsIn(pageOf(simple));
    expect(named(elements, "text", "number").map(textOf)).toEqual(["1", "2"]);
    const [path] = named(elements, "polyline", "order");
    const points = path!.attrs.find(({ name }) => name === "points")!.value.split(" ");
    const xs = points.map((point) => Number(point.split(",")[0]));
    expect(xs).toHaveLength(2);
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
  });

  test("has a row for each client, and another where its calls overlap", () => {
    const history = historyOf([
      `{"history":1,"model":"register","initial":0}`,
      line("ann write 1-9", { arguments: { value: 1 } }),
      line("ann write 2-8", { arguments: { value: 2 } }),
      line("bob read 3-4", { result: { value: 3 } }),
    ]);
    const elements = elementsIn(pageOf(history));
    expect(named(elements, "text", "name").map(textOf)).toEqual(["ann", "", "bob"]);
    expect(named(elements, "line", "rule")).toHaveLength(3);
  });

  test("is one page without program, network or other file, for light and dark", () => {
    const html = pageOf(simple);
    const elements = elementsIn(html);
    for (const tag of ["script", "link", "img", "iframe", "a"]) expect(named(elements, tag)).toEqual([]); // prettier-ignore
    expect(html).not.toMatch(/https?:|url\(|@import|javascript:|\son\w+=/);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain("prefers-color-scheme:dark");
  });

  test("says in the picture's name that a table tells the same, and names what scrolls", () => {
    const elements = elementsIn(pageOf(simple));
    const [svg] = named(elements, "svg");
    const attributes = new Map(svg!.attrs.map(({ name, value }) => [name, value]));
    expect(attributes.get("role")).toBe("img");
    const title = elements.find(({ attrs }) => attrs.some(({ name, value }) => name === "id" && value === attributes.get("aria-labelledby"))); // prettier-ignore
    expect(textOf(title!)).toMatch(/table/);
    for (const box of named(elements, "div", "box"))
      expect(box.attrs.map(({ name }) => name)).toEqual(expect.arrayContaining(["tabindex", "aria-label"])); // prettier-ignore
    for (const cell of named(elements, "th")) expect(cell.attrs.some(({ name }) => name === "scope")).toBe(true); // prettier-ignore
  });

  const hostile = `</script></svg></style><img src=x onerror=alert(1)>"'&\u202e\u0000`;
  test("shows hostile names as text", () => {
    const history = historyOf([
      `{"history":1,"model":"register","initial":0}`,
      JSON.stringify({ client: hostile, object: hostile, operation: "write", arguments: { value: hostile }, call: 1, return: 2 }), // prettier-ignore
      JSON.stringify({ client: "b", object: hostile, operation: "read", call: 3, return: 4, result: { value: `${hostile}!` } }), // prettier-ignore
    ]);
    const html = pageOf(history);
    const elements = elementsIn(html);
    expect(named(elements, "img")).toEqual([]);
    expect(named(elements, "script")).toEqual([]);
    expect(named(elements, "style")).toHaveLength(1);
    expect(html).not.toContain("\u202e");
    const cells = named(elements, "th").map(textOf);
    expect(cells.some((text) => text.startsWith("</script></svg></style><img src=x"))).toBe(true);
  });

  test.each(modelNames)("draws every kind of violation of a %s within a window", (model) => {
    for (const mutate of mutationNames(model)) {
      const html = pageOf(generateHistory(7, model, 8, 400, { mutate }));
      const elements = elementsIn(html);
      expect(named(elements, "rect", "misfit")).toHaveLength(1);
      expect(named(elements, "rect", "bar").length).toBeLessThanOrEqual(25);
      expect(html.length).toBeLessThan(100_000);
    }
  });

  test("refuses a verdict that is no violation", () => {
    const history = generateHistory(1, "register", 2, 10);
    expect(() => timelineHtml(history, checkHistory(history).objects[0]!)).toThrow(RangeError);
  });
});
