/** Package name; in the handles of its locks. */
export const MODULE = "@ticketlock/node-cluster";
