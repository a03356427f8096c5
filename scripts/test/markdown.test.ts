import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { codeBlocks, headingAnchors, linkTargets } from "../markdown.ts";
import { filesBelow, repositoryRoot } from "../workspace.ts";

describe("codeBlocks", () => {
  test("gives language, file and text of each block", () => {
    const markdown = "a\n```ts some.ts\nlet a;\n```\nb\n```\nc\n```\n";
    expect(codeBlocks(markdown)).toEqual([
      { language: "ts", file: "some.ts", code: "let a;\n" },
      { language: "", file: undefined, code: "c\n" },
    ]);
  });
});

describe("linkTargets", () => {
  test("gives links and images, also with code as their text", () => {
    const markdown = 'a [b](c.md#d) ![e](<f.svg> "g") [`h`](i.md)\n\n[j]: k.md\n';
    expect(linkTargets(markdown)).toEqual(["c.md#d", "f.svg", "i.md", "k.md"]);
  });

  test("leaves code out", () => {
    expect(linkTargets("```\n[a](b)\n```\n    [c](d)\n`[e](f)`\n")).toEqual([]);
  });
});

describe("headingAnchors", () => {
  test("gives what a code host makes of headings", () => {
    const markdown =
      "# One, `two`: three\n## LOCK_LOST\n### Same\n### Same\n```sh\n# no heading\n```\n";
    expect([...headingAnchors(markdown)]).toEqual(["one-two-three", "lock_lost", "same", "same-1"]);
  });
});

const documents = filesBelow(repositoryRoot, [".md"]).filter(
  (path) => !relative(repositoryRoot, path).startsWith(join("bench", "results")),
);

test.each(documents.map((path) => relative(repositoryRoot, path)))(
  "every link of %s leads somewhere",
  (document) => {
    const path = join(repositoryRoot, document);
    const broken = linkTargets(readFileSync(path, "utf8")).filter(
      (target) => !/^[a-z]+:/i.test(target) && !leadsSomewhere(path, target),
    );
    expect(broken).toEqual([]);
  },
);

function leadsSomewhere(from: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : resolve(dirname(from), decodeURIComponent(file));
  if (!existsSync(path) || relative(repositoryRoot, path).startsWith("..")) return false;
  if (anchor === undefined) return true;
  return statSync(path).isFile() && headingAnchors(readFileSync(path, "utf8")).has(anchor);
}
