/** What another package builds a store of: arguments checked and refused as every store here does. */
export { checkWrite, type CheckedWrite, copyOrder } from "./checked-write.ts";
export { checkToken, staleToken } from "./fencing.ts";
export { otherCapacity, parseStorePath, type StorePath } from "./store-path.ts";
