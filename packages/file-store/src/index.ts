export {
  JSON_KIND,
  JsonFileStore,
  jsonFileGuarantees,
  type JsonFileData,
} from "./json-file-store.ts";
export { jsonFileStores } from "./json-file-stores.ts";
