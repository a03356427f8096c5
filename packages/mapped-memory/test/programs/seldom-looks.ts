import { looks } from "../../src/looks.ts";

/**
 * Preloaded into a program and its threads: their waiters sleep for ten minutes at a time, so that no
 * look of theirs hides a wake-up that did not come.
 */
looks.sliceMs = 600_000;
looks.impatientMs = 600_000;
