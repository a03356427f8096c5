import { Calls } from "./atomics-stand-in.ts";
import { CannotExplore } from "./cannot-explore.ts";
import { resultOf, wordAfter, wouldSleep } from "./operation.ts";
import type { WordTable } from "./word-table.ts";

/** Operations of one who is alone: each is answered at once, by `memory`, the values of the words. */
export class CallsAtOnce extends Calls {
  constructor(words: WordTable, memory: number[]) {
    super(words, (operation) => {
      const { name, word } = operation;
      const old = (memory[word] ??= words.initial[word]!);
      if (name === "notify") return 0;
      if (name === "wait" || name === "poll") {
        if (!wouldSleep(operation, old)) return "not-equal";
        if (name === "poll") return "timed-out";
        throw new CannotExplore("a check would sleep for ever. Let it look at the words only.");
      }
      memory[word] = wordAfter(operation, old);
      return resultOf(operation, old);
    });
  }
}
