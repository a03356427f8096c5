import { describe, expect, test } from "vitest";
import { inlineSvg } from "../src/report/pictures/picture.ts";
import { palette } from "../src/report/pictures/picture-style.ts";
import { reportPictures } from "../src/report/pictures/report-pictures.ts";
import { seriesAt } from "../src/report/pictures/series.ts";
import { boxesOf, marksOf, parseSvg, withClass } from "./parse-svg.ts";
import { richReport } from "./rich-report.ts";
import { sampleBlock, sampleCell, sampleReport } from "./sample-report.ts";

const rich = richReport();
const pictures = reportPictures(rich).flatMap((topic) => topic.pictures);

describe("reportPictures", () => {
  test("draws every kind of picture from a long run, under names that differ", () => {
    expect(reportPictures(rich).map(({ title }) => title)).toEqual([
      "Standing in line",
      "Throughput against contenders",
      "Where the cost comes from",
      "Time per operation, as a ratio",
      "How long one waits",
      "Purchases that come at random times",
      "Who got how much",
      "After a holder's end",
    ]);
    expect(new Set(pictures.map(({ name }) => name)).size).toBe(pictures.length);
  });

  test("draws nothing of what was not measured", () => {
    expect(reportPictures(sampleReport([]))).toEqual([]);
    const alone = sampleReport([
      {
        cell: sampleCell({ contenders: 1 }),
        blocks: [{ ...sampleBlock(60), check: null }],
        failures: [],
      },
    ]);
    expect(reportPictures(alone)).toEqual([]);
  });

  test("gives adapters whose names come to the same letters files of their own", () => {
    const names = ["a/b", "a-b"].flatMap((adapter) =>
      [1, 2].map((contenders) => ({
        cell: sampleCell({ adapter, contenders }),
        blocks: [sampleBlock(60)],
        failures: [],
      })),
    );
    const drawn = reportPictures(sampleReport(names)).flatMap((topic) => topic.pictures);
    expect(new Set(drawn.map(({ name }) => name)).size).toBe(drawn.length);
  });
});

describe("each picture", () => {
  test.each(pictures)("$name is well-formed and says in words what it shows", (picture) => {
    const root = parseSvg(picture);
    const named = (root.getAttribute("aria-labelledby") ?? "").split(" ");
    const words = named.map((id) =>
      [...root.getElementsByTagName("*")].find((element) => element.getAttribute("id") === id),
    );
    expect(words.map((element) => element?.tagName)).toEqual(["title", "desc"]);
    for (const element of words) expect(element!.textContent!.length).toBeGreaterThan(20);
    expect(root.getAttribute("role")).toBe("img");
    expect(marksOf(root).length).toBeGreaterThan(0);
  });

  test("has nothing outside of its frame, and no number that is none", () => {
    for (const picture of pictures) {
      const text = inlineSvg(picture).toString();
      expect(text, picture.name).not.toMatch(/NaN|Infinity|undefined/);
      for (const element of withClass(parseSvg(picture), "hold"))
        for (const { x, width } of boxesOf(element)) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + width).toBeLessThanOrEqual(720);
        }
    }
  });

  test("keeps markup in names as text", () => {
    const hostile = `<img src=x onerror="alert(1)">&'`;
    const runs = [1, 2].map((contenders) => ({
      cell: sampleCell({ lock: hostile, contenders }),
      blocks: [sampleBlock(60)],
      failures: [],
    }));
    const drawn = reportPictures(sampleReport(runs)).flatMap((topic) => topic.pictures);
    expect(drawn.length).toBeGreaterThan(0);
    for (const picture of drawn) {
      const root = parseSvg(picture);
      expect(root.getElementsByTagName("img")).toHaveLength(0);
      expect(root.textContent).toContain(hostile);
    }
  });
});

test("locks differ in colour or shape, and keep both in every picture", () => {
  const looks = Array.from({ length: 20 }, (_, i) => seriesAt(i));
  expect(new Set(looks.map(({ colour, shape }) => colour + shape)).size).toBe(looks.length);
});

/** Source: Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

test.each(["light", "dark"])("colours stand out against %s paper", (name) => {
  const theme = name === "light" ? 0 : 1;
  const colour = (of: string): string => palette[of]![theme];
  for (const text of ["ink", "muted", "accent", "alarm"])
    for (const ground of ["paper", "shade"])
      expect(contrast(colour(text), colour(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(
        4.5,
      );
  const marks = Object.keys(palette).filter((key) => /^series|^hold|^waitEdge/.test(key));
  for (const mark of marks)
    expect(contrast(colour(mark), colour("paper")), mark).toBeGreaterThanOrEqual(3);
});
