export { mappedSupport } from "./platform/current-platform.ts";
export { mappedStores, type MappedStores } from "./mapped-stores.ts";
export { MappedTicketStore, mappedStoreGuarantees } from "./mapped-ticket-store.ts";
