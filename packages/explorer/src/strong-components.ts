import { allocate } from "./allocate.ts";

/** A node on the way from the root to the node that is looked at. */
interface Frame {
  readonly node: number;
  readonly targets: readonly number[];
  next: number;
}

/**
 * The strongly connected components of a graph of `size` nodes that have an edge inside: each is a set
 * of nodes of which every one leads to every other (Robert Tarjan, "Depth-First Search and Linear
 * Graph Algorithms", 1972; without recursion, as the ways are long).
 *
 * @param targetsOf - where the edges of a node lead; asked once for each
 * @throws {OutOfMemory}
 */
export function* componentsOf(
  size: number,
  targetsOf: (node: number) => readonly number[],
): Generator<readonly number[]> {
  /** 1 + the place of a node in the order of visits; 0 before. */
  const order = allocate(() => new Uint32Array(size));
  /** The earliest in that order that a node is known to lead to, of those whose component is open. */
  const earliest = allocate(() => new Uint32Array(size));
  const isOpen = allocate(() => new Uint8Array(size));
  const open: number[] = [];
  const frames: Frame[] = [];
  let visits = 0;
  const enter = (node: number): void => {
    order[node] = earliest[node] = ++visits;
    isOpen[node] = 1;
    open.push(node);
    frames.push({ node, targets: targetsOf(node), next: 0 });
  };
  const reaches = (node: number, order: number): void => {
    if (order < earliest[node]!) earliest[node] = order;
  };
  for (let root = 0; root < size; root++) {
    if (order[root] !== 0) continue;
    enter(root);
    while (frames.length > 0) {
      const frame = frames.at(-1)!;
      const { node, targets } = frame;
      if (frame.next < targets.length) {
        const target = targets[frame.next++]!;
        if (order[target] === 0) enter(target);
        else if (isOpen[target] === 1) reaches(node, order[target]!);
        continue;
      }
      frames.pop();
      if (frames.length > 0) reaches(frames.at(-1)!.node, earliest[node]!);
      if (earliest[node] !== order[node]) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const member of component) isOpen[member] = 0;
      if (component.length > 1 || targets.includes(node)) yield component;
    }
  }
}
