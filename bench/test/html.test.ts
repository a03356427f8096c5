import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";
import { describe, expect, test } from "vitest";
import { anchorOf } from "../src/report/cell-facts.ts";
import { digits, duration, rate } from "../src/report/format.ts";
import { clientScript } from "../src/report/html/client-script.ts";
import { MOST_HTML_BYTES, renderHtml } from "../src/report/html/render-html.ts";
import { sortValue } from "../src/report/html/sort-value.ts";
import { renderMarkdown } from "../src/report/markdown.ts";
import { escapeMarkup, markup, Markup } from "../src/report/markup.ts";
import { ratioWords } from "../src/report/ratio-words.ts";
import { renderFiles } from "../src/report/render-files.ts";
import { reportTables } from "../src/report/tables.ts";
import { richReport } from "./rich-report.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

type Element = Tree.Element;

/** All elements of a page. @throws {Error} naming the first thing that is no HTML */
function elementsOf(html: string): Element[] {
  const document = parse(html, {
    onParseError: ({ code, startLine }) => {
      throw new Error(`${code} in line ${startLine}`);
    },
  });
  const within = (node: Tree.Node): Element[] => [
    ...("tagName" in node ? [node] : []),
    ...("childNodes" in node ? node.childNodes.flatMap(within) : []),
  ];
  return within(document);
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

function textOf(node: Tree.Node): string {
  if ("value" in node && node.nodeName === "#text") return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

const rich = richReport();
const html = renderHtml(rich);
const page = elementsOf(html);
const byTag = (name: string): Element[] => page.filter(({ tagName }) => tagName === name);

describe("renderHtml", () => {
  test("asks for nothing: no address in it leads out of the page", () => {
    for (const element of page) {
      for (const { name, value } of element.attrs) {
        expect(["src", "srcset", "data", "action", "style"]).not.toContain(name);
        if (name === "href") expect(value).toMatch(/^#/);
      }
    }
    expect(byTag("link")).toEqual([]);
    expect(html).not.toMatch(/@import|url\(/);
  });

  test("allows its own style and program by their hashes, and nothing else", () => {
    const policy = attribute(
      byTag("meta").find((element) => attribute(element, "http-equiv") !== undefined)!,
      "content",
    )!;
    const hash = (text: string): string =>
      `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    expect(policy).toBe(
      `default-src 'none'; style-src ${hash(textOf(byTag("style")[0]!))}; script-src ${hash(textOf(byTag("script")[0]!))}; base-uri 'none'; form-action 'none'`,
    );
    expect(byTag("style")).toHaveLength(1);
    expect(byTag("script")).toHaveLength(1);
  });

  test("has one h1, landmarks, a way past the contents, and contents that lead somewhere", () => {
    expect(byTag("h1")).toHaveLength(1);
    for (const landmark of ["header", "nav", "main", "footer"])
      expect(byTag(landmark)).toHaveLength(1);
    const ids = new Set(page.flatMap((element) => attribute(element, "id") ?? []));
    for (const link of byTag("a")) expect(ids).toContain(attribute(link, "href")!.slice(1));
    expect(attribute(byTag("a")[0]!, "href")).toBe("#main");
    expect(byTag("h2").length).toBe(byTag("section").length);
  });

  test("gives no id twice, and every name that is referred to", () => {
    const ids = page.flatMap((element) => attribute(element, "id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const named = page.flatMap(
      (element) => attribute(element, "aria-labelledby")?.split(" ") ?? [],
    );
    for (const id of named) expect(ids).toContain(id);
  });

  test("shows every table of the report, with heads that say what they head", () => {
    const headings = byTag("h3").map(textOf);
    for (const { title } of reportTables(rich)) expect(headings).toContain(title);
    for (const head of byTag("th")) expect(attribute(head, "scope")).toMatch(/^(col|row)$/);
  });

  test("has a row for every cell, found by the cell's key", () => {
    const rows = byTag("tr").flatMap((row) => attribute(row, "id") ?? []);
    expect(rows.sort()).toEqual(rich.cells.map(({ key }) => anchorOf(key)).sort());
  });

  test("sets each row beside the lock with most cells, on the same work", () => {
    const base = rich.cells.find(
      ({ adapter, lock, contenders, section, scenario, twin, mode }) =>
        adapter === "worker-threads" &&
        [lock, contenders, section, scenario, twin, mode].join() === "futex,4,10,steady,0,counter",
    )!;
    const other = rich.cells.find(
      ({ adapter, lock, contenders, section, scenario }) =>
        adapter === "node-cluster" &&
        [lock, contenders, section, scenario].join() === "flock,4,10,steady",
    )!;
    const row = byTag("tr").find((each) => attribute(each, "id") === anchorOf(other.key))!;
    const [value, baseValue] = [other, base].map(
      ({ statistics }) => statistics.nsPerOperation.value,
    ) as [number, number];
    const ratio = ratioWords({ value: value / baseValue, low: null, high: null });
    expect(textOf(row)).toMatch(
      new RegExp(`${ratio.replace(".", "\\.")} \\([\\d.]+ to [\\d.]+\\)`),
    );
    const twin = page.find(
      (element) =>
        attribute(element, "data-twin") !== undefined &&
        textOf(element).startsWith("futexworker-threads"),
    )!;
    expect(textOf(twin)).toMatch(/x[\d.]+ \([\d.]+ to [\d.]+\), tie/);
  });

  test("calls no cell slower or faster whose pace the lock does not set, and says which those are", () => {
    for (const scenario of ["open-70", "crash", "line-up"]) {
      const cells = rich.cells.filter((cell) => cell.scenario === scenario);
      expect(cells.length).toBeGreaterThan(1);
      for (const { key } of cells) {
        const row = page.find((element) => attribute(element, "id") === anchorOf(key))!;
        expect(attribute(row, "data-means"), key).toBeUndefined();
        const ratio = row.childNodes.find(
          (node) => "tagName" in node && attribute(node, "data-ratio") !== undefined,
        )!;
        expect(textOf(ratio), key).toBe("-");
      }
    }
    expect(byTag("caption").map(textOf).join("\n")).toMatch(
      /does not set the pace.*: line-up, open-50, open-70, open-90, crash\./,
    );
  });

  test("keeps markup in a report's names as text", () => {
    const hostile = `</script><img src=x onerror="alert(1)">'&<!--`;
    const report = sampleReport(
      [1, 2].map((contenders) => ({
        cell: sampleCell({ lock: hostile, adapter: hostile, store: hostile, contenders }),
        blocks: [sampleBlock(60), sampleBlock(61)],
        failures: [hostile],
      })),
      {
        preset: hostile,
        conformance: [
          { adapter: hostile, lock: hostile, passed: 0, failed: 1, failures: [hostile] },
        ],
        leftOut: [hostile],
        notMeasured: [{ key: hostile, why: hostile, failures: [hostile] }],
      },
    );
    const environment = {
      ...report.environment,
      cpuModel: hostile,
      kernel: hostile,
      argv: ["--out", hostile],
      commit: hostile,
      runtimes: { [hostile]: hostile },
    };
    const elements = elementsOf(renderHtml({ ...report, environment }));
    const tags = elements.map(({ tagName }) => tagName);
    expect(tags).not.toContain("img");
    expect(tags.filter((tag) => tag === "script")).toHaveLength(1);
    expect(elements.flatMap(({ attrs }) => attrs.map(({ name }) => name))).not.toContain("onerror");
    expect(textOf(elements[0]!)).toContain(hostile);
  });

  test("can be made of an empty report", () => {
    const elements = elementsOf(renderHtml(sampleReport([], { peers: [], conformance: [] })));
    expect(elements.filter(({ tagName }) => tagName === "h1")).toHaveLength(1);
  });

  test("is marked as partial, and says WRONG where a lock was", () => {
    const wrong = [{ cell: sampleCell(), blocks: [sampleBlock(5, { overlaps: 1 })], failures: [] }];
    const elements = elementsOf(renderHtml(sampleReport(wrong, { partial: true })));
    const alarm = elements.find((element) => attribute(element, "class") === "alarm")!;
    expect(textOf(alarm)).toMatch(/^WRONG/);
    expect(textOf(elements[0]!)).toContain("ended early");
  });
});

describe("the size of a page", () => {
  test("is at most 1 MB with some 300 cells, and holds no raw window", () => {
    expect(rich.cells.length).toBeGreaterThan(300);
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(MOST_HTML_BYTES);
    expect(html).not.toContain(rich.cells[0]!.blocks[0]!.check!.histogram);
  });

  test("is at most 1 MB with 1 700 cells, by naming pictures and tables that stand in files beside the page", () => {
    const large = richReport({
      contenders: [1, 2, 3, 4, 6, 8, 12, 16],
      sections: [0, 1, 2, 5, 10, 20, 50, 100, 200, 1_000],
      blocks: 1,
    });
    expect(large.cells.length).toBeGreaterThan(1_700);
    const files = renderFiles(large);
    const contentOf = (wanted: string): string =>
      files.find(({ name }) => name === wanted)!.content;
    const content = contentOf("report.html");
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(MOST_HTML_BYTES);
    expect(content.match(/<tr id=/g)).toHaveLength(large.cells.length);
    const names = files.map(({ name }) => name);
    const pictures = [
      ...content.matchAll(/<p>Beside this page, for want of room in it: (.*)\.<\/p>/g),
    ].flatMap((match) => match[1]!.split(", "));
    expect(pictures.length).toBeGreaterThan(0);
    for (const name of pictures) expect(names).toContain(name);
    // Nothing is left out of both, and of each topic one is drawn.
    const drawn = content.match(/<figure>/g)!.length;
    expect(drawn + pictures.length).toBe(names.filter((name) => name.endsWith(".svg")).length);
    expect(drawn).toBeGreaterThanOrEqual(content.match(/<h2 id="pictures-/g)!.length);
    const named = "In report.md, for want of room here: ";
    const sentence = elementsOf(content)
      .map(textOf)
      .find((text) => text.startsWith(named))!;
    const tables = sentence.slice(named.length).replace(/\.$/, "").split("; ");
    for (const title of tables) expect(contentOf("report.md")).toContain(`## ${title}\n`);
    expect(tables.length + content.match(/<h3 id="table-/g)!.length).toBe(
      reportTables(large).length,
    );
  });

  test("is at most 1 MB with more cells than have room, each of them with failures to tell", () => {
    const [first] = rich.cells;
    const cells = Array.from({ length: 3_000 }, (_, i) => ({
      ...first!,
      key: `${first!.key}/${i}`,
      section: i,
      failures: ["exit code 134, said: out of memory ".repeat(10)],
    }));
    // Those that decide an advice come last.
    const content = renderHtml({ ...rich, cells: [...cells, ...rich.cells] }, []);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(MOST_HTML_BYTES);
    expect(Buffer.byteLength(content)).toBeGreaterThan(MOST_HTML_BYTES - 2_000);
    const shown = new Set([...content.matchAll(/<tr id="([^"]*)"/g)].map((match) => match[1]!));
    const more = Number(/<p>(\d+) more have no room here/.exec(content)![1]);
    expect(shown.size + more).toBe(3_000 + rich.cells.length);
    const links = [...content.matchAll(/<a href="#([^"]*\/[^"]*)"/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(shown).toContain(link);
    expect(content).toContain("more for which there is no room here: see report.md.");
  });
});

describe("renderFiles", () => {
  const files = renderFiles(rich);

  test("gives the data, both forms, and each picture that Markdown shows or links", () => {
    const names = files.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["report.json", "report.md", "report.html"]);
    expect(new Set(names).size).toBe(names.length);
    const shown = [...renderMarkdown(rich).matchAll(/\]\(([\w-]+\.svg)\)/g)].map(
      (match) => match[1]!,
    );
    expect(shown.sort()).toEqual(names.filter((name) => name.endsWith(".svg")).sort());
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+\.(json|md|html|svg)$/);
  });

  test("makes a page that is the same each time", () => {
    expect(renderFiles(rich)).toEqual(files);
  });
});

describe("clientScript", () => {
  test("is one program without types, imports and exports", () => {
    const script = clientScript();
    expect(script).not.toMatch(/^\s*(import|export|interface|type)\b/m);
    expect(() => new Function(script)).not.toThrow();
    expect(script).not.toContain("</");
  });
});

describe("sortValue", () => {
  test("reads back what was formatted, to its three digits", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-2, max: 9e8, noNaN: true }), (value) => {
        for (const text of [digits(value), rate(value), duration(value)])
          expect(sortValue(text)! / value).toBeCloseTo(1, 1);
      }),
    );
  });

  test("takes the number before an interval or a bound, and nothing where there is none", () => {
    expect(
      [
        "x1.22 +-7.6%",
        "+4.20 us (x1.2)",
        "-1.30 ns (x0.75)",
        "0 <8e-9",
        "36%",
        "12.3 M",
        "1 in 27.9 k",
        "1 in 1.07",
      ].map(sortValue),
    ).toEqual([1.22, 4_200, -1.3, 0, 36, 12_300_000, 27_900, 1.07]);
    expect(["-", "n/a", "", "o c2", "26.10.0", "nothing"].map(sortValue)).toEqual(
      Array.from({ length: 6 }, () => undefined),
    );
  });
});

test("anchorOf gives different keys different ids, without what an address may not contain", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      expect(anchorOf(a)).toMatch(/^[\w/.+~-]*$/);
      if (a !== b) expect(anchorOf(a)).not.toBe(anchorOf(b));
    }),
  );
  expect(anchorOf("node/futex/x2/0us")).toBe("node/futex/x2/0us");
});

describe("markup", () => {
  test("escapes values, joins lists, leaves out what is absent, and trusts markup", () => {
    expect(markup`<p title="${'"'}">${["<", new Markup("<b>"), undefined, 1]}</p>`.toString()).toBe(
      `<p title="&quot;">&lt;<b>1</p>`,
    );
  });

  test("replaces what no XML may contain", () => {
    expect(escapeMarkup("a\u0000b\u001bc\ud800d\ue000\u{1f512}\n")).toBe(
      "a\ufffdb\ufffdc\ufffdd\ue000\u{1f512}\n",
    );
  });
});

describe("ratioWords", () => {
  test("has as many digits as tell something", () => {
    expect(
      [0.012_34, 0.98, 1.222, 24.56, 1_555.4].map((value) =>
        ratioWords({ value, low: null, high: null }),
      ),
    ).toEqual(["x0.0123", "x0.98", "x1.22", "x24.6", "x1555"]);
    expect(ratioWords({ value: 1.2, low: 1.1, high: 1.3 })).toBe("x1.20 (1.10 to 1.30)");
  });
});
