/** A fenced block of a Markdown document. */
export interface CodeBlock {
  /** First word of the line that opens it; empty if there is none. */
  readonly language: string;
  /** Second word: the name of the file that the block is. */
  readonly file: string | undefined;
  readonly code: string;
}

const fence = /^(`{3,})(.*)\n([^]*?)^\1`*$/gm;

/** Lists the fenced blocks of a document. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(fence)].map(([, , info = "", code = ""]) => {
    const [language = "", file] = info.trim().split(/\s+/);
    return { language, file, code };
  });
}

/** Where a document's links and images lead, as written; code does not count. */
export function linkTargets(markdown: string): readonly string[] {
  const text = withoutCode(markdown);
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]:\s+<?([^\s>]+)/gm)];
  return [...inline, ...references].flatMap(([, target]) => (target === undefined ? [] : [target]));
}

/** The anchors that a code host gives to a document's headings. */
export function headingAnchors(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of markdown.replaceAll(fence, "").matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const base = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    let anchor = base;
    for (let twin = 1; anchors.has(anchor); twin++) anchor = `${base}-${twin}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutCode(markdown: string): string {
  return markdown
    .replaceAll(fence, "")
    .replaceAll(/^(?: {4}|\t).*$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "code");
}
