import {
  claimName,
  enterMember,
  leftMembers,
  openStateDirectory,
  ownPath,
  type Ownership,
  removeMembers,
  reserveTokens,
  type TokenBlock,
} from "@ticketlock/mapped-memory/state";
import { IPC_KIND } from "./ipc-kind.ts";
import { Predecessors } from "./predecessors.ts";

/** What the next broker of a name has to know of the one before. */
export interface Beginning extends TokenBlock {
  /** The broker before ended without saying that the lock was free and whole. */
  readonly afterDeath: boolean;
  /** Processes that it may have let in, and that may still be inside: nobody else must be until they have ended. */
  readonly predecessors: Pick<Predecessors, "processId" | "whenGone"> | undefined;
}

/** A name that a broker keeps. */
export interface KeptName {
  /** Where on this host; the same for the same name of the same state directory. */
  readonly place: string;
  /** Reserves the first tokens of this name. What became of the broker before is told once. */
  begin(): Beginning;
  /**
   * Records that a process has the lock open, so that the next broker can wait for its end if this
   * one is killed. Call what is returned when it has not.
   * @throws {TicketlockError} if that cannot be recorded: it must be granted nothing.
   */
  enter(processId: number): () => void;
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
  /** False until members that were left by an earlier owner have been looked for. */
  begun: boolean;
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
        const left = owned.begun ? [] : leftMembers(path);
        const tokens = reserve(0);
        const { afterDeath } = owned;
        owned.afterDeath = false;
        owned.begun = true;
        const predecessors = left.length === 0 ? undefined : new Predecessors(left);
        return { ...tokens, afterDeath, predecessors };
      },
      // What this process holds ends with the owner of the name, which it is.
      enter: (processId) =>
        processId === process.pid ? () => undefined : enterMember(path, processId),
      reserve,
    };
  }

  giveUp(except: ReadonlySet<string>): void {
    for (const [path, { ownership, afterDeath }] of this.#owned) {
      if (afterDeath || except.has(path)) continue;
      // Nobody is inside. First, for the next owner has members of its own.
      removeMembers(path);
      ownership.giveUp();
    }
    this.#owned.clear();
  }
}

function own(path: string, name: string): OwnedName {
  const ownership = ownPath(path, `the lock ${name}`);
  return { ownership, afterDeath: ownership.afterDeath, begun: false };
}
