import {
  claimName,
  openStateDirectory,
  ownPath,
  type Ownership,
  reserveTokens,
  type TokenBlock,
} from "@ticketlock/mapped-memory/state";
import { IPC_KIND } from "./ipc-kind.ts";

/** A name that a broker keeps. */
export interface KeptName {
  /** Where on this host; the same for the same name of the same state directory. */
  readonly place: string;
  /**
   * Reserves the first tokens of this name. `afterDeath`: the broker before ended without saying
   * that the lock was free and whole; told once.
   */
  begin(): TokenBlock & { readonly afterDeath: boolean };
  /** Reserves tokens that no broker of this name has issued, above `atLeast`. */
  reserve(atLeast: number): TokenBlock;
}

/** What a broker knows of the host: which names are its own to keep. */
export interface NameKeeper {
  /** @throws {TicketlockError} if the name is not to be kept here: why, and what to do. */
  keep(directory: string, name: string): KeptName;
  /** Gives the names up but for these places: whoever keeps one next need not ask what became of its lock. */
  giveUp(except: ReadonlySet<string>): void;
}

interface OwnedName {
  readonly ownership: Ownership;
  afterDeath: boolean;
}

/** Keeps names in state directories: for this process, as long as it lives. */
export class StateNameKeeper implements NameKeeper {
  readonly #owned = new Map<string, OwnedName>();

  keep(directory: string, name: string): KeptName {
    const { path } = claimName(openStateDirectory(directory), name, IPC_KIND);
    const owned = this.#owned.get(path) ?? own(path, name);
    this.#owned.set(path, owned);
    const reserve = (atLeast: number): TokenBlock => reserveTokens(`${path}.tokens`, atLeast);
    return {
      place: path,
      begin() {
        const tokens = reserve(0);
        const { afterDeath } = owned;
        owned.afterDeath = false;
        return { ...tokens, afterDeath };
      },
      reserve,
    };
  }

  giveUp(except: ReadonlySet<string>): void {
    for (const [path, { ownership, afterDeath }] of this.#owned)
      if (!afterDeath && !except.has(path)) ownership.giveUp();
    this.#owned.clear();
  }
}

function own(path: string, name: string): OwnedName {
  const ownership = ownPath(path, `the lock ${name}`);
  return { ownership, afterDeath: ownership.afterDeath };
}
