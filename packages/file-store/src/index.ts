export {
  JSON_KIND,
  JsonFileStore,
  jsonFileGuarantees,
  type JsonFileData,
} from "./json-file-store.ts";
export { jsonFileStores, type JsonFileStores } from "./json-file-stores.ts";
