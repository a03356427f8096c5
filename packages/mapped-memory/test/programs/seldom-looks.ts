import { lookSeldom } from "../../src/looks.ts";

/**
 * Imported by programs and their threads: where the tests say so, their waiters sleep for ten minutes
 * at a time, so that no look of theirs hides a wake-up that did not come.
 */
export const SELDOM = "TICKETLOCK_TEST_LOOKS";

if (process.env[SELDOM] === "seldom") lookSeldom();
