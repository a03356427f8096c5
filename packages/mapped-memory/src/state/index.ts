export {
  bootId,
  identityOf,
  identityText,
  isSameProcess,
  mayLive,
  ownIdentity,
  parseIdentity,
  pidNamespace,
  type ProcessIdentity,
  processStartTime,
} from "./host-identity.ts";
export { checkLockName, fileStem, isLockName } from "./lock-name.ts";
export { enterMember, leftMembers, type Member, removeMembers } from "./members.ts";
export { claimName, findName, type NamedLock } from "./names.ts";
export { ownPath, type Ownership } from "./ownership.ts";
export {
  checkPrivateFile,
  readPrivateFile,
  replacePrivateFile,
  statPrivateFile,
  writePrivateFile,
} from "./private-files.ts";
export { defaultStateDirectory, openStateDirectory } from "./state-directory.ts";
export { readFloor, reserveTokens, type TokenBlock } from "./token-floor.ts";
