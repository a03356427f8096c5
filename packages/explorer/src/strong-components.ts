import { allocate } from "./allocate.ts";
import { GrowingNumbers } from "./growing-numbers.ts";

/** A graph of the nodes 0, 1, ... */
export interface Graph {
  readonly size: number;
  degreeOf(node: number): number;
  targetOf(node: number, edge: number): number;
}

/**
 * The strongly connected components of a graph that have an edge inside: each is a set of nodes of which
 * every one leads to every other (Robert Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972;
 * without recursion, as the ways are long). At most 21 bytes for each node meanwhile.
 *
 * @throws {OutOfMemory}
 */
export function* componentsOf(graph: Graph): Generator<readonly number[]> {
  const { size } = graph;
  /** 1 + the place of a node in the order of visits; 0 before. */
  const order = allocate(() => new Uint32Array(size));
  /** The earliest in that order that a node is known to lead to, of those whose component is open. */
  const earliest = allocate(() => new Uint32Array(size));
  const isOpen = allocate(() => new Uint8Array(size));
  const open = new GrowingNumbers();
  /** The nodes on the way from the root to the node that is looked at, and which edge of each comes next. */
  const way = new GrowingNumbers();
  const edges = new GrowingNumbers();
  let visits = 0;
  const enter = (node: number): void => {
    order[node] = earliest[node] = ++visits;
    isOpen[node] = 1;
    open.push(node);
    way.push(node);
    edges.push(0);
  };
  const reaches = (node: number, order: number): void => {
    if (order < earliest[node]!) earliest[node] = order;
  };
  for (let root = 0; root < size; root++) {
    if (order[root] !== 0) continue;
    enter(root);
    while (way.length > 0) {
      const node = way.get(way.length - 1);
      const edge = edges.get(edges.length - 1);
      if (edge < graph.degreeOf(node)) {
        edges.set(edges.length - 1, edge + 1);
        const target = graph.targetOf(node, edge);
        if (order[target] === 0) enter(target);
        else if (isOpen[target] === 1) reaches(node, order[target]!);
        continue;
      }
      way.pop();
      edges.pop();
      if (way.length > 0) reaches(way.get(way.length - 1), earliest[node]!);
      if (earliest[node] !== order[node]) continue;
      const component = closed(open, isOpen, node);
      if (component.length > 1 || leadsToItself(graph, node)) yield component;
    }
  }
}

/** The open nodes from the last to `first`, which are open no more. */
function closed(open: GrowingNumbers, isOpen: Uint8Array, first: number): number[] {
  const component: number[] = [];
  for (let member = -1; member !== first;) {
    member = open.pop();
    isOpen[member] = 0;
    component.push(member);
  }
  return component;
}

function leadsToItself(graph: Graph, node: number): boolean {
  for (let edge = 0; edge < graph.degreeOf(node); edge++)
    if (graph.targetOf(node, edge) === node) return true;
  return false;
}
