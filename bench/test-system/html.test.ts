import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isPacedByLock } from "../src/compare/is-paced-by-lock.ts";
import { judgePairs, measuredOf } from "../src/compare/judge-pairs.ts";
import { anchorOf, workOf } from "../src/report/cell-facts.ts";
import { renderHtml } from "../src/report/html/render-html.ts";
import { judgedWords } from "../src/report/ratio-words.ts";
import { renderFiles } from "../src/report/render-files.ts";
import type { ReportCell } from "../src/report/report.ts";
import { runNoise } from "../src/report/run-noise.ts";
import { richReport } from "../test/rich-report.ts";
import { startChromium } from "./chromium.ts";

const SCREENSHOTS = fileURLToPath(new URL("../results/screenshots/", import.meta.url));
const DESKTOP = { width: 1280, height: 900 };
/** What the margins of a sheet leave, in pixels. */
const A4 = { width: 688, height: 1017 };
const PHONE = { width: 375, height: 800 };

const report = richReport({ contenders: [1, 2, 3, 4, 6, 8], sections: [0], blocks: 5 });
/** Everything once: axe looks at each of a page's elements. */
const small = richReport({ contenders: [1, 4], sections: [0], blocks: 3 });
const folder = mkdtempSync(join(tmpdir(), "ticketlock-html-"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;

beforeAll(async () => {
  for (const { name, content } of renderFiles(report)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, "small.html"), renderHtml(small));
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await startChromium();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** A page with what it said and asked for while it was open. */
interface Opened {
  readonly page: Page;
  readonly said: string[];
  readonly asked: string[];
  /** What the page's own policy did not let through. */
  readonly refused: string[];
}

async function open(
  options: BrowserContextOptions = {},
  file: string = "report.html",
): Promise<Opened> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  const page = await context.newPage();
  const said: string[] = [];
  const asked: string[] = [];
  const refused: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => asked.push(request.url()));
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText === "csp") refused.push(request.url());
  });
  await page.goto(pathToFileURL(join(folder, file)).href);
  return { page, said, asked, refused };
}

async function openDetails(page: Page): Promise<void> {
  await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = true`);
}

async function closeDetails(page: Page): Promise<void> {
  await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = false`);
}

/** The texts of one column of the table of cells, of the rows that are shown. */
async function column(page: Page, head: string): Promise<string[]> {
  const heads = await page.locator("#cells thead th").allTextContents();
  const index = heads.findIndex((text) => text.startsWith(head));
  return await page
    .locator(`#cells tbody tr:not([hidden]) > :nth-child(${index + 1})`)
    .allTextContents();
}

async function values(page: Page, head: string): Promise<number[]> {
  const heads = await page.locator("#cells thead th").allTextContents();
  const index = heads.findIndex((text) => text.startsWith(head));
  const found = await page
    .locator(`#cells tbody tr > :nth-child(${index + 1})`)
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-value")));
  return found.filter((value) => value !== null).map(Number);
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((value, i) => i === 0 || numbers[i - 1]! <= value);
}

describe("report.html", () => {
  test("says nothing on the console and asks for nothing but itself", async () => {
    const { page, said, asked } = await open();
    await openDetails(page);
    await page.locator("footer").scrollIntoViewIfNeeded();
    expect(said).toEqual([]);
    expect(asked).toEqual([pathToFileURL(join(folder, "report.html")).href]);
    await closeDetails(page);
    await page.screenshot({ path: join(SCREENSHOTS, "desktop-light.png"), fullPage: true });
  });

  test("cannot load or run anything that was put into it", async () => {
    const { page, said, asked, refused } = await open();
    await page.evaluate(
      `document.body.insertAdjacentHTML("beforeend", '<img src="https://example.invalid/x.png"><p onclick="globalThis.ran = true">press</p>')`,
    );
    await page.getByText("press").click();
    expect(await page.evaluate("globalThis.ran")).toBeUndefined();
    expect(asked.slice(1)).toEqual(refused);
    expect(said.join("\n")).toContain("Content Security Policy");
  });

  test("sorts by values, not by texts, up and down", async () => {
    const { page } = await open();
    const head = page.locator("#cells thead th", { hasText: "time/op" });
    await head.getByRole("button").click();
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    const rising = await values(page, "time/op");
    expect(rising).toHaveLength(report.cells.length);
    expect(isRising(rising)).toBe(true);
    const units = new Set((await column(page, "time/op")).map((text) => text.split(" ")[1]));
    expect(units.size, "texts of several units").toBeGreaterThan(2);
    await head.getByRole("button").click();
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    expect(isRising((await values(page, "time/op")).reverse())).toBe(true);
    expect(await page.locator("#cells [aria-sort]").count()).toBe(1);
  });

  test("sorts any other table as well", async () => {
    const { page } = await open();
    await openDetails(page);
    const table = page.locator("table", { hasText: "pthread mutex" }).last();
    await table.getByRole("button", { name: "cpu/op" }).click();
    expect(await table.locator("th", { hasText: "cpu/op" }).getAttribute("aria-sort")).toBe(
      "ascending",
    );
  });

  test("filters rows by words, and says how many remain", async () => {
    const { page } = await open();
    const status = page.getByRole("status");
    expect(await status.textContent()).toBe(`${report.cells.length} cells`);
    await page.getByLabel("Show rows with").fill("SPIN x4");
    const expected = report.cells.filter(
      ({ lock, contenders }) => lock === "spin" && contenders === 4,
    );
    expect(await status.textContent()).toBe(`${expected.length} of ${report.cells.length} cells`);
    expect(await column(page, "lock")).toEqual(expected.map(() => "spin"));
    await page.getByLabel("Show rows with").fill("nobody has this name");
    expect(await status.textContent()).toBe(`0 of ${report.cells.length} cells`);
  });

  test("shows a row that a link leads to, though it was filtered away", async () => {
    const { page } = await open();
    await page.getByLabel("Show rows with").fill("nobody has this name");
    await page.locator("section[aria-labelledby=advice] a").first().click();
    await page.locator("tr:target").waitFor({ state: "visible" });
    expect(await page.getByLabel("Show rows with").inputValue()).toBe("");
  });

  test("sets every row beside the chosen baseline, as the library does", async () => {
    const { page } = await open();
    const head = page.locator("#cells thead th", { hasText: "baseline" });
    await head.getByRole("button").click();
    const choice = page.getByLabel("Baseline", { exact: true });
    await choice.selectOption({ label: "fifo, worker-threads on node" });
    for (const { key } of report.cells.filter((cell) => !isPacedByLock(cell)))
      expect(await page.locator(`[id="${anchorOf(key)}"] [data-ratio]`).textContent()).toBe("-");
    await choice.selectOption({ label: "pthread mutex, c" });
    expect(isRising(await values(page, "beside")), "sorted again").toBe(true);
    const bases = new Map(
      report.cells
        .filter(({ lock }) => lock === "pthread mutex")
        .map((cell) => [workOf(cell), cell]),
    );
    const beside = report.cells.filter((cell) => {
      const base = bases.get(workOf(cell));
      return base !== undefined && base !== cell && isPacedByLock(cell);
    });
    // The whole column is one family.
    const judged = judgePairs(
      beside.map((cell) => [measuredOf(cell), measuredOf(bases.get(workOf(cell))!)] as const),
      runNoise(report.cells),
    );
    const expected = (cell: ReportCell): string => {
      if (bases.get(workOf(cell)) === cell) return "baseline";
      const place = beside.indexOf(cell);
      return place < 0 ? "-" : judgedWords(judged[place]!);
    };
    const shown = await page
      .locator("#cells tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) => [row.id, row.querySelector("[data-ratio]")!.textContent]),
      );
    const byId = Object.fromEntries(shown);
    expect(byId).toEqual(
      Object.fromEntries(report.cells.map((cell) => [anchorOf(cell.key), expected(cell)])),
    );
    expect(Object.values(byId).filter((text) => text !== "-").length).toBeGreaterThan(20);
  });

  test("tells what a mark stands for, to a pointer and to the keyboard", async () => {
    const { page } = await open();
    const figure = page.locator("figure", {
      has: page.locator("#throughput-worker-threads-counter-0-us-title"),
    });
    const told = figure.locator(".told");
    await figure.locator("svg g > path").first().hover();
    expect(await told.textContent()).toMatch(/contender.*\/s/);
    await figure.locator(".box").focus();
    await page.keyboard.press("ArrowRight");
    const first = await told.textContent();
    await page.keyboard.press("ArrowRight");
    const second = await told.textContent();
    expect(second).not.toBe(first);
    await page.keyboard.press("ArrowLeft");
    expect(await told.textContent()).toBe(first);
    expect(await figure.locator("svg .current").count()).toBe(1);
    // Beyond the last mark the key is the browser's again, which scrolls what does not fit.
    await page.evaluate(
      `document.addEventListener("keydown", (event) => { window.taken = event.defaultPrevented; })`,
    );
    const isTaken = (): Promise<boolean> => page.evaluate("window.taken");
    await page.keyboard.press("End");
    expect(await isTaken()).toBe(true);
    await page.keyboard.press("ArrowRight");
    expect(await isTaken()).toBe(false);
  });

  test("lets the keyboard scroll a picture that is wider than a phone, and shows the mark that it tells of", async () => {
    const { page } = await open({ viewport: PHONE });
    const figure = page.locator("figure", {
      has: page.locator("#throughput-worker-threads-counter-0-us-title"),
    });
    const box = figure.locator(".box");
    const most = await box.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(most, "something to scroll").toBeGreaterThan(100);
    await box.focus();
    const scrolledTo = async (end: number): Promise<void> => {
      await page.waitForFunction(([element, left]) => Math.abs(element!.scrollLeft - left) <= 1, [
        await box.elementHandle(),
        end,
      ] as const);
    };
    // Some curves are wider than the box.
    const isInView = (): Promise<boolean> =>
      box.evaluate((element) => {
        const outer = element.getBoundingClientRect();
        const inner = element.querySelector(".current")!.getBoundingClientRect();
        const seen = Math.min(inner.right, outer.right) - Math.max(inner.left, outer.left);
        return seen >= 0.95 * Math.min(inner.width, outer.width);
      });
    const marks = await box.locator("svg > * title, svg g title").count();
    const walk = async (key: string, steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        await page.keyboard.press(key);
        expect(await isInView(), `${key} ${i + 1}`).toBe(true);
      }
    };
    await walk("ArrowRight", marks);
    for (let i = 0; i < most / 20; i++) await page.keyboard.press("ArrowRight");
    await scrolledTo(most);
    await walk("ArrowLeft", marks - 1);
    for (let i = 0; i < most / 20; i++) await page.keyboard.press("ArrowLeft");
    await scrolledTo(0);
  });

  test("can be used by keyboard alone: past the contents, filter, baseline, sorting", async () => {
    const { page } = await open();
    const focused = (): Promise<string> =>
      page.evaluate(`document.activeElement.id || document.activeElement.textContent`);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the report");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("main");
    const tabTo = async (id: string): Promise<void> => {
      for (let i = 0; i < 500 && (await focused()) !== id; i++) await page.keyboard.press("Tab");
      expect(await focused()).toBe(id);
    };
    await tabTo("filter");
    await page.keyboard.type("futex x2");
    expect(await page.getByRole("status").textContent()).toMatch(/^\d+ of /);
    await tabTo("baseline");
    const before = await column(page, "beside");
    await page.keyboard.press("ArrowDown");
    expect(await column(page, "beside")).not.toEqual(before);
    await tabTo("ops/s");
    await page.keyboard.press("Enter");
    expect(await page.locator("#cells [aria-sort]").getAttribute("aria-sort")).toBe("ascending");
  });

  test("is readable with JavaScript off", async () => {
    const { page, said } = await open({ javaScriptEnabled: false });
    expect(said).toEqual([]);
    expect(await page.locator("#controls").isVisible()).toBe(false);
    expect(await page.getByText("Correct: no update lost").isVisible()).toBe(true);
    expect(await page.locator("#cells tbody tr").count()).toBe(report.cells.length);
    expect(await page.getByText(/^Baseline: futex/).isVisible()).toBe(true);
    expect(await page.locator("figure svg").first().isVisible()).toBe(true);
    const clocks = page.locator("details", { hasText: "Clocks" }).last();
    await clocks.locator("summary").click();
    expect(await clocks.locator("table").isVisible()).toBe(true);
  });

  test("shows every column of the table of cells on a screen of 1200 pixels", async () => {
    const { page } = await open({ viewport: { ...DESKTOP, width: 1200 } });
    const box = page.locator(".box", { has: page.locator("#cells") });
    const [needed, given] = await box.evaluate((element) => [
      element.scrollWidth,
      element.clientWidth,
    ]);
    expect(needed).toBe(given);
  });

  test("has no horizontal overflow on a phone", async () => {
    const { page } = await open({ viewport: PHONE, isMobile: true });
    await openDetails(page);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);
    const small = await page
      .locator("svg.picture text")
      .evaluateAll((texts) =>
        texts
          .filter((text) => text.getBoundingClientRect().height < 10)
          .map((text) => text.textContent),
      );
    expect(small, "texts of pictures too small to be read").toEqual([]);
    await closeDetails(page);
    await page.screenshot({ path: join(SCREENSHOTS, "phone-light.png"), fullPage: true });
  });

  test.each(["light", "dark"] as const)("passes axe in %s", async (colorScheme) => {
    const { page } = await open({ colorScheme }, "small.html");
    await openDetails(page);
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate<AxeResults>("axe.run()");
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(passes.map(({ id }) => id)).toContain("color-contrast");
    await closeDetails(page);
    if (colorScheme === "dark")
      await page.screenshot({ path: join(SCREENSHOTS, "desktop-dark.png"), fullPage: true });
  });

  test("prints without controls, in dark ink, with everything open", async () => {
    const { page } = await open({ colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    for (const hidden of ["#controls", "nav", ".skip"])
      expect(await page.locator(hidden).first().isVisible(), hidden).toBe(false);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
      "rgb(255, 255, 255)",
    );
    const closed = await page
      .locator("details table, details svg")
      .evaluateAll(
        (inside) => inside.filter((each) => each.getBoundingClientRect().height === 0).length,
      );
    expect(closed).toBe(0);
    await page.setViewportSize(A4);
    expect(await page.evaluate("document.documentElement.scrollWidth"), "nothing cut off").toBe(
      A4.width,
    );
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  });
});

test.each(["light", "dark"] as const)(
  "each picture is a file that shows in %s by itself",
  async (colorScheme) => {
    const { page, said, asked } = await open({ colorScheme });
    const files = renderFiles(report).filter(({ name }) => name.endsWith(".svg"));
    for (const { name } of files) {
      asked.length = 0;
      await page.goto(pathToFileURL(join(folder, name)).href);
      expect(said, name).toEqual([]);
      expect(asked, name).toHaveLength(1);
      const cut = await page.locator("text").evaluateAll((texts) =>
        texts
          .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
          .filter(({ box }) => box.left < 0 || box.right > 720)
          .map(({ text }) => text),
      );
      expect(cut, `${name}: texts that are cut off`).toEqual([]);
    }
  },
);
