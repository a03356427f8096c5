/** From now on counts the timers of this thread that have neither fired for the last time nor been cleared; not every runtime tells. */
export function countTimers(): () => number {
  const pending = new Set<unknown>();
  const { setTimeout: once, setInterval: again, clearTimeout: clear } = globalThis;
  const setTimeout = (
    callback: (...values: unknown[]) => void,
    ...rest: [number?, ...unknown[]]
  ) => {
    const timer = once(
      (...values: unknown[]) => {
        pending.delete(timer);
        callback(...values);
      },
      ...rest,
    );
    pending.add(timer);
    return timer;
  };
  const setInterval = (...rest: Parameters<typeof again>): ReturnType<typeof again> => {
    const timer = again(...rest);
    pending.add(timer);
    return timer;
  };
  const forget = (timer: Parameters<typeof clear>[0]): void => {
    pending.delete(timer);
    clear(timer);
  };
  Object.assign(globalThis, {
    setTimeout,
    setInterval,
    clearTimeout: forget,
    clearInterval: forget,
  });
  return () => pending.size;
}
