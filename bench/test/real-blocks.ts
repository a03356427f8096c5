/**
 * How the blocks of real gates lay around their mean, as logarithms: those of the quick report of 28 November 2026,
 * a day on which its machine had two speeds. An alone and a contended gate for each adapter.
 */
export const realBlocks: {
  readonly alone: readonly (readonly number[])[];
  readonly contended: readonly (readonly number[])[];
} = {
  alone: [
    [0.0625, -0.0477, -0.05, -0.0021, 0.0373], // node/node-cluster/mapped/mapped/counter/x1/0us
    [-0.0032, 0.013, -0.0088, 0.0127, -0.0137], // node/worker-threads/futex/memory/counter/x1/0us
    [0.094, -0.0922, -0.0408, 0.084, -0.0451], // deno/deno-adapter/mapped/mapped/counter/x1/0us
    [-0.0936, 0.0676, -0.089, 0.058, 0.0569], // deno/deno-adapter/workers/futex/memory/counter/x1/0us
    [-0.0196, -0.0659, 0.2694, -0.1061, -0.0778], // bun/bun-adapter/mapped/mapped/counter/x1/0us
    [-0.083, 0.1689, -0.0939, -0.0732, 0.0812], // bun/bun-adapter/workers/futex/memory/counter/x1/0us
  ],
  contended: [
    [0.0204, -0.0933, -0.0303, 0.0361, 0.0671], // node/node-cluster/mapped/mapped/counter/x2/0us
    [0.2202, -0.1251, -0.0336, -0.0951, 0.0336], // node/worker-threads/futex/memory/counter/x2/0us
    [-0.0201, -0.0144, 0.0116, 0.0405, -0.0176], // deno/deno-adapter/mapped/mapped/counter/x2/0us
    [-0.1069, -0.01, -0.0307, -0.0303, 0.1779], // deno/deno-adapter/workers/futex/memory/counter/x2/0us
    [-0.0016, 0.1084, -0.0451, -0.2007, 0.139], // bun/bun-adapter/mapped/mapped/counter/x2/0us
    [-0.0147, 0.0153, -0.1063, 0.1597, -0.0541], // bun/bun-adapter/workers/futex/memory/counter/x2/0us
  ],
};
