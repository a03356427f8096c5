import process from "node:process";
import { COUNTER, LAST_TOKEN, openWords, type WordsHandle } from "../../src/run/shared-words.ts";

const words = openWords(JSON.parse(process.argv[2]!) as WordsHandle);
words.write(COUNTER, words.read(COUNTER) + 1);
words.writeNow(LAST_TOKEN, -7);
words.close();
