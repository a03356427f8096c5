import * as fc from "fast-check";
import { expect, test } from "vitest";
import { componentsOf, type Graph } from "../src/strong-components.ts";

const NODES = 7;

/** Where each node leads. */
const targets = fc.array(fc.array(fc.nat(NODES - 1), { maxLength: 3 }), {
  minLength: NODES,
  maxLength: NODES,
});

function graphOf(targets: readonly (readonly number[])[]): Graph {
  return {
    size: targets.length,
    degreeOf: (node) => targets[node]!.length,
    targetOf: (node, edge) => targets[node]![edge]!,
  };
}

/** The nodes to which one leads by an edge or more. */
function reachedFrom(targets: readonly (readonly number[])[], node: number): Set<number> {
  const reached = new Set<number>(targets[node]);
  for (const one of reached) for (const next of targets[one]!) reached.add(next);
  return reached;
}

test("componentsOf finds the nodes that lead to one another and to themselves, as following all edges does", () => {
  fc.assert(
    fc.property(targets, (targets) => {
      const reached = targets.map((_, node) => reachedFrom(targets, node));
      const expected = new Set<string>();
      for (const [node, others] of reached.entries())
        if (others.has(node))
          expected.add(
            [...others]
              .filter((one) => reached[one]!.has(node))
              .sort()
              .join(),
          );
      const found = [...componentsOf(graphOf(targets))].map((one) => [...one].sort().join());
      expect(found).toHaveLength(expected.size);
      expect(new Set(found)).toEqual(expected);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("componentsOf follows ways of any length", () => {
  const length = 200_000;
  const around = Array.from({ length }, (_, node) => [(node + 1) % length]);
  const [component] = [...componentsOf(graphOf(around))];
  expect(component).toHaveLength(length);
});
