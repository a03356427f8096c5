/** Kind of the locks that a broker keeps. */
export const IPC_KIND = "ipc";
