import type { JobContext } from "@ticketlock/harness";
import { COUNTER, LAST_TOKEN, openWords, type WordsHandle } from "../../src/run/shared-words.ts";

/** Opens words that another process has made, and writes two of them. */
export default function writeWords({ input }: JobContext): null {
  const words = openWords(input as WordsHandle);
  words.write(COUNTER, words.read(COUNTER) + 1);
  words.writeNow(LAST_TOKEN, -7);
  words.close();
  return null;
}
