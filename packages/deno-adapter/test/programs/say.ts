import { createInterface } from "node:readline";

/** Says a value to whoever started this process. */
export function say(value: unknown): void {
  console.log(JSON.stringify(value ?? null));
}

/** Settles with the next value that this process is told. */
export async function told(): Promise<unknown> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return JSON.parse(line);
  }
  return undefined;
}
