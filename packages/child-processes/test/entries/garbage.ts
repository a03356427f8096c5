import { ContenderPipe } from "../../src/contender-pipe.ts";

/** Prints all sorts of things to stdout that are no messages; then says that it is up, and waits. */
const real = process.stdout.write.bind(process.stdout);
const pipe = await ContenderPipe.open();
real('{"type":"up"}\n\u0000\n{"message":{"type":"up"}}\nno end of line');
pipe.listen((message) => {
  if ((message as { type: string }).type === "close") pipe.end();
  else pipe.post({ type: "opened" });
});
pipe.post({ type: "up" });
