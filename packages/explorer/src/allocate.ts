/** There is no memory for more states. */
export class OutOfMemory extends Error {}

/** What is said of a search that has ended so. */
export const NO_MEMORY = "; there was no memory for more";

/** Makes an array. @throws {OutOfMemory} */
export function allocate<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new OutOfMemory();
    throw error;
  }
}

/** What a search comes to: what `rest` says where there is not memory enough. */
export function unlessOutOfMemory<T>(search: () => T, rest: () => T): T {
  try {
    return search();
  } catch (error) {
    if (error instanceof OutOfMemory) return rest();
    throw error;
  }
}
