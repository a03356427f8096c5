/** All numbers together; 0 of none. */
export function sum(values: readonly number[]): number {
  return total(values, (value) => value);
}

/** What `of` gives for all items together; 0 of none. */
export function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
