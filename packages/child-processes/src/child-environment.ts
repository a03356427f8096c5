import { TicketlockError } from "@ticketlock/core";

/** What makes a process part of the test run, the debugging or the cluster of the one that starts it. */
const OWN_AFFAIRS =
  /^(NODE_OPTIONS|NODE_V8_COVERAGE|NODE_CHANNEL_FD|NODE_UNIQUE_ID|NODE_TEST_CONTEXT|VITEST.*)$/;

/**
 * This process's environment, for a process that is to be no part of what goes on in this one.
 * @throws {TicketlockError} `PERMISSION_DENIED` where Deno may not read all of it.
 */
export function childEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(environment().filter(([name]) => !OWN_AFFAIRS.test(name)));
}

function environment(): [name: string, value: string | undefined][] {
  try {
    return Object.entries(process.env);
  } catch (cause) {
    throw new TicketlockError(
      "PERMISSION_DENIED",
      "Cannot hand on the environment to another process: Deno may not read it. Pass --allow-env, not limited to names.",
      { cause },
    );
  }
}
