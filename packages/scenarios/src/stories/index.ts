import type { ScenarioName } from "../scenarios.ts";
import type { Story } from "../story.ts";
import { counter } from "./counter.ts";
import { crash } from "./crash.ts";
import { flashSale } from "./flash-sale.ts";
import { interleaving } from "./interleaving.ts";
import { pool } from "./pool.ts";
import { ticketStory } from "./ticket-story.ts";
import { tryAndTimeout } from "./try-and-timeout.ts";
import { turns } from "./turns.ts";

/** How each story is played. */
export const stories: Readonly<Record<ScenarioName, Story>> = {
  unlocked: ticketStory("unlocked"),
  mutex: ticketStory("mutex"),
  "misplaced-mutex": ticketStory("misplaced-mutex"),
  join: ticketStory("join"),
  "own-mutex": ticketStory("own-mutex"),
  queue: ticketStory("queue"),
  optimistic: ticketStory("optimistic"),
  atomic: ticketStory("atomic"),
  "flash-sale": flashSale,
  interleaving,
  counter,
  turns,
  pool,
  "try-and-timeout": tryAndTimeout,
  crash,
};
