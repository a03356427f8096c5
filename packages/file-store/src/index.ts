export {
  DurableJsonFileStore,
  durableJsonFileGuarantees,
  JSON_DURABLE_KIND,
} from "./durable-json-file-store.ts";
export { durableJsonFileStores, type DurableJsonFileStores } from "./durable-json-file-stores.ts";
export {
  JSON_KIND,
  JsonFileStore,
  jsonFileGuarantees,
  type JsonFileData,
} from "./json-file-store.ts";
export { jsonFileStores, type JsonFileStores } from "./json-file-stores.ts";
export { SQLITE_KIND, sqliteGuarantees, SqliteStore } from "./sqlite-store.ts";
export { sqliteStores, type SqliteStores } from "./sqlite-stores.ts";
export type { StorePath } from "./store-path.ts";
