import type { Choose } from "./choose.ts";
import { type Inode, partOf, SECTOR, sectorOf } from "./simulated-inode.ts";

/** Of so few sectors every subset is looked at; of more, some that are chosen. */
const FEW_SECTORS = 5;
const CHOSEN_TEARS = 32;
/** What a sector may hold that was allotted and not written. */
const GARBAGE = 0xa5;

/** What a sector holds after a cut: the new content, or what was there before, or zeros, or garbage. */
type Sector = (inode: Inode, sector: number, length: number) => Uint8Array;

const written: Sector = ({ content }, sector) => partOf(content, sector);
const old: Sector = ({ settled, before }, sector, length) => {
  const part = new Uint8Array(length);
  const source = settled.length > sector * SECTOR ? settled : before;
  part.set(partOf(source, sector).subarray(0, length));
  return part;
};
const zeros: Sector = (_inode, _sector, length) => new Uint8Array(length);
const garbage: Sector = (_inode, _sector, length) => new Uint8Array(length).fill(GARBAGE);
const losses: readonly Sector[] = [old, zeros, garbage];

/**
 * What a power cut may leave of a file: all of it, what was settled, its beginning, or each of the sectors that
 * were not settled written or not. Each once.
 */
export function contentsAfterCut(inode: Inode, choose: Choose): Uint8Array[] {
  const { content, settled, unsettledSectors: sectors } = inode;
  const contents = new Map<string, Uint8Array>();
  const add = (one: Uint8Array): void => void contents.set(latin1(one), one);
  add(settled);
  if (sectors.length === 0) return [...contents.values()];
  add(content);
  // Its new length may not have come to the disk, and its end not either.
  for (const sector of sectors) if (sector * SECTOR < content.length) add(content.subarray(0, sector * SECTOR)); // prettier-ignore
  if (sectors.length <= FEW_SECTORS) {
    for (let chosen = 0; chosen < 2 ** sectors.length - 1; chosen++)
      for (const loss of losses)
        add(torn(inode, sectors.map((_sector, i) => ((chosen & (1 << i)) === 0 ? loss : written)))); // prettier-ignore
  } else {
    const kinds = [written, written, written, old, old, zeros, garbage];
    for (let i = 0; i < CHOSEN_TEARS; i++)
      add(torn(inode, sectors.map(() => kinds[choose(kinds.length)]!))); // prettier-ignore
  }
  return [...contents.values()];
}

/** The new content, in which each of the unsettled sectors is what was chosen for it. */
function torn(inode: Inode, kinds: readonly Sector[]): Uint8Array {
  const content = Uint8Array.from(inode.content);
  for (const [i, sector] of inode.unsettledSectors.entries()) {
    const { length } = partOf(content, sector);
    content.set(kinds[i]!(inode, sector, length), sector * SECTOR);
  }
  return content;
}

/** How many sectors a content has, if it is neither the new one, nor the old one, nor the beginning of one: else 0. */
export function tornSectors({ content, settled }: Inode, left: Uint8Array): number {
  const isPartOf = (whole: Uint8Array): boolean =>
    latin1(left) === latin1(whole.subarray(0, left.length));
  return isPartOf(content) || isPartOf(settled) ? 0 : sectorOf(left.length - 1) + 1;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
