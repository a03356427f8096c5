/**
 * Seams for exploring the shipped algorithms under every interleaving. An explorer replaces the
 * global `Atomics` and these hooks; in production they do nothing and are inlined away.
 */
export const exploration: {
  /** Marks where a retry loop closes; `live` are the local values that the rest of the loop depends on. */
  loop(label: string, ...live: readonly (number | boolean)[]): void;
} = {
  loop() {},
};

/** Tells the processor that this is a spin loop, where the runtime has `Atomics.pause` (Node 26, Deno, not Node 22). */
export function pause(): void {
  (Atomics as { pause?: () => void }).pause?.();
}

/**
 * Between two looks at a word that others work on: rests twice as long as after the look before. Each
 * look takes the word's line away from its holder, who then has to fetch it back.
 */
export function backOff(look: number): void {
  for (let pauses = 1 << look; pauses > 0; pauses--) pause();
}
