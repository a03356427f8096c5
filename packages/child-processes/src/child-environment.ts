/** What makes a process part of the test run, the debugging or the cluster of the one that starts it. */
const OWN_AFFAIRS =
  /^(NODE_OPTIONS|NODE_V8_COVERAGE|NODE_CHANNEL_FD|NODE_UNIQUE_ID|NODE_TEST_CONTEXT|VITEST.*)$/;

/** This process's environment, for a process that is to be no part of what goes on in this one. */
export function childEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !OWN_AFFAIRS.test(name)),
  );
}
