import { expect, test } from "vitest";
import { usableBlock } from "../src/run/usable-block.ts";
import { sampleBlock } from "./sample-report.ts";

test("usableBlock gives a block as it is, and refuses one with an impossible value, which it names", () => {
  const block = sampleBlock(60);
  expect(usableBlock(block)).toEqual(block);
  const [first, ...others] = block.windows;
  const impossible = { ...first!, noise: { ...first!.noise, steal: -0.1 } };
  expect(() => usableBlock({ ...block, windows: [impossible, ...others] })).toThrow(
    /^Cannot use what was measured: windows\[0\]\.noise\.steal: Too small/,
  );
  expect(() => usableBlock({ ...block, meanNs: Number.NaN })).toThrow(/meanNs/);
});
