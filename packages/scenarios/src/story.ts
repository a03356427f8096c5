import type { Stage } from "./stage.ts";
import type { Findings } from "./verdict.ts";

/** Plays a story in the adapter's runtime, and says what came out; what must come out it tells `stage.expectations`. */
export type Story = (stage: Stage) => Promise<Findings>;
