/** A process that cannot have mapped stores tells with which error. */
import { isTicketlockError } from "@ticketlock/core";
import { mappedStores } from "../../src/mapped-stores.ts";

try {
  mappedStores.create("mapped", { capacity: 1 });
} catch (error) {
  if (!isTicketlockError(error)) throw error;
  process.send!(`${error.code}: ${error.message}`);
}
