/**
 * One thing per process, however many copies of this package are loaded: two brokers in one
 * primary would both grant the same name.
 */
export function processWide<T>(name: string, make: () => T): T {
  const key = Symbol.for(`@ticketlock/node-cluster/${name}`);
  const registry = globalThis as { [key: symbol]: unknown };
  return (registry[key] ??= make()) as T;
}
