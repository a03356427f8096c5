/**
 * Puts generated text between the two lines that mark a slot in a document:
 *
 *     <!-- generated: NAME -->
 *     <!-- /generated: NAME -->
 *
 * @param document - the file that holds the slot, named in the error
 * @throws Error if the slot is not there exactly once: text that is generated
 * but shown nowhere would go unnoticed
 */
export function fillSlot(content: string, name: string, text: string, document: string): string {
  const begin = `<!-- generated: ${name} -->\n`;
  const end = `<!-- /generated: ${name} -->`;
  const [before, rest, ...extra] = content.split(begin);
  const [, after, ...extraEnds] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || extra.length + extraEnds.length > 0) {
    throw new Error(
      `cannot fill the slot ${name} of ${document}: its two marks are not there exactly once; write ${begin.trim()} and ${end}, each on a line of its own`,
    );
  }
  return `${before}${begin}\n${text.trim()}\n\n${end}${after}`;
}
