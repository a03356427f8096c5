import { Console } from "node:console";

/** Writes text to the real stdout, and calls back when the operating system has it. */
export type WriteOut = (text: string, written?: () => void) => void;

/**
 * Keeps stdout for what this process has to tell the one that started it: what it prints from now on
 * goes to stderr. Gives the way to stdout.
 */
export function redirectOutput(): WriteOut {
  const write = process.stdout.write.bind(process.stdout) as (
    text: string,
    written: () => void,
  ) => boolean;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  // Deno's and Bun's console does not go through process.stdout.
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
  // A reader that is gone is noticed on stdin; it must not end the clean-up half-way.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  return (text, written = () => {}) => void write(text, written);
}
