/** The package's name, which its handles carry. */
export const MODULE = "@ticketlock/bun-adapter";
