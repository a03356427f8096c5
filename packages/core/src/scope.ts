/**
 * How far apart contenders may be and still share a lock or store, from near to far. A wider scope
 * serves every narrower one.
 */
export const scopes = ["threads", "processes", "runtimes", "hosts"] as const;
export type Scope = (typeof scopes)[number];

/** True if something of scope `have` serves contenders that need scope `need`. */
export function scopeCovers(have: Scope, need: Scope): boolean {
  return scopes.indexOf(have) >= scopes.indexOf(need);
}
