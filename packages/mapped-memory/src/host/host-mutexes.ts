import {
  checkInteger,
  type Handle,
  type LockOptions,
  parseHandle,
  TicketlockError,
} from "@ticketlock/core";
import { KIND } from "../mapped-mutex.ts";
import { checkLockName, claimName, findName, openStateDirectory } from "../state/index.ts";
import type { LockKind, Mutex, Named } from "./lock-kind.ts";

/** Tokens start at most here, so that 2^52 of them remain. */
const MAX_TOKENS_ABOVE: number = 2 ** 52;

/** What a mutex is where nobody says otherwise. Never another in its place: processes that differ in what they support would have two locks of one name. */
const DEFAULT_KIND = KIND;

/** Options of a mutex between processes. */
export interface HostMutexOptions extends LockOptions {
  /** Default: for a name the one that is recorded, else `mapped`. */
  readonly kind?: string;
  /**
   * Where the host's locks have their names: an absolute path, a directory of this user alone, the
   * same in every process. Default: `/dev/shm/ticketlock-<uid>` on Linux; elsewhere it must be said.
   */
  readonly stateDirectory?: string;
  /**
   * Every guard that comes of this opening has a greater token, also of a lock that is there already.
   * Tokens start at 1 again when the state directory has gone, which in `/dev/shm` it does at each
   * restart of the host. A store that fences and outlives it would refuse them: say its `fence()`
   * here, in every process. Default 0; at most 2^52.
   */
  readonly tokensAbove?: number;
  /**
   * Room for this many: for `mapped` openings at a time, at most 1 022, which is the default of a
   * name; for other kinds waiting acquisitions, at most 65 536. Whoever makes the lock fixes it.
   */
  readonly maxContenders?: number;
}

export interface HostMutexesSettings {
  /** For messages: where these kinds are to be had. */
  readonly place: string;
  /** In the order in which they are recommended. */
  readonly kinds: ReadonlyMap<string, LockKind>;
  /** Finds the state directory, made if it is missing, for whoever asked for this kind or for any. Default: `openStateDirectory`. */
  readonly openDirectory?: (explicit: string | undefined, kind: string | undefined) => string;
}

/**
 * The mutexes between the processes of a host, by name or by handle: same name, same mutex, in every
 * process of this user on this host, whichever runtime it has.
 *
 * The first opener fixes the kind, which is recorded with the name. Where that kind is not to be had
 * the name is refused: a lock of another kind would be a second lock.
 */
export class HostMutexes {
  readonly #place: string;
  readonly #kinds: ReadonlyMap<string, LockKind>;
  readonly #openDirectory: NonNullable<HostMutexesSettings["openDirectory"]>;

  constructor({ place, kinds, openDirectory = openStateDirectory }: HostMutexesSettings) {
    this.#place = place;
    this.#kinds = kinds;
    this.#openDirectory = openDirectory;
  }

  /**
   * Makes a mutex that only its handle leads to.
   * @throws {TicketlockError} `LOCK_UNSUPPORTED` if the kind is not to be had here, naming the others.
   */
  async create({ kind = this.#requireDefault(), ...rest }: HostMutexOptions = {}): Promise<Mutex> {
    const { provider } = this.#require(kind);
    return (await provider.open(await provider.create(kind, rest))) as Mutex;
  }

  /**
   * Opens the mutex of a name, or the one that a handle leads to.
   * @throws {TicketlockError} `NAME_INVALID`; `LOCK_UNSUPPORTED` if the name has another kind than asked, or its
   * kind is not to be had here; `STATE_DIRECTORY_INVALID`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`; of a handle:
   * `HANDLE_INVALID`, `LOCK_LOST` if its lock is gone; {RangeError}, {TypeError} for wrong options.
   */
  async open(nameOrHandle: string | Handle, options: HostMutexOptions = {}): Promise<Mutex> {
    return typeof nameOrHandle === "object" && nameOrHandle !== null
      ? this.#openHandle(nameOrHandle, options)
      : this.#openName(nameOrHandle, options);
  }

  async #openName(
    given: string,
    { kind, stateDirectory, tokensAbove, maxContenders }: HostMutexOptions,
  ): Promise<Mutex> {
    const name = checkLockName(given);
    if (kind !== undefined) this.#requireKnown(kind);
    const directory = this.#openDirectory(stateDirectory, kind);
    const recorded = findName(directory, name)?.kind;
    const wanted = kind ?? recorded ?? this.#requireDefault();
    if (recorded !== undefined && wanted !== recorded) claimName(directory, name, wanted); // says what to do
    const floor = checkInteger("tokensAbove", tokensAbove ?? 0, 0, MAX_TOKENS_ABOVE);
    // Wrong options record nothing.
    const open = ({ openNamed, maxRoom }: LockKind): ((named: Named) => Promise<Mutex>) => {
      if (maxContenders === undefined) return (named) => openNamed(named, directory, { tokensAbove: floor }); // prettier-ignore
      const room = checkInteger("maxContenders", maxContenders, 1, maxRoom);
      return (named) => openNamed(named, directory, { tokensAbove: floor, maxContenders: room });
    };
    const found = this.#require(wanted, directory, recorded === undefined ? undefined : name);
    const openWanted = open(found);
    if (!found.recordsName) return openWanted({ name, path: "" });
    const named = claimName(directory, name, kind ?? (() => wanted));
    if (named.kind === wanted) return openWanted(named);
    // Somebody was quicker, with another kind, and this caller takes any.
    return open(this.#require(named.kind, directory, name))(named);
  }

  async #openHandle(given: Handle, options: HostMutexOptions): Promise<Mutex> {
    const { kind } = options;
    const handle = parseHandle(given);
    for (const option of ["tokensAbove", "maxContenders"] as const) {
      if (options[option] !== undefined) {
        throw new TypeError(
          `Cannot use ${option} with a handle: its lock has been made. Pass it where the lock is made, or opened by its name.`,
        );
      }
    }
    if (kind !== undefined && kind !== handle.kind) {
      this.#require(kind);
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot open the handle as a mutex of kind ${kind}: it leads to one of kind ${handle.kind}. Leave the kind out.`,
      );
    }
    const provider = [...this.#kinds.values()].map((each) => each.provider).find((one) => one.module === handle.module && one.kinds.has(handle.kind)); // prettier-ignore
    if (provider !== undefined) return (await provider.open(handle)) as Mutex;
    throw new TicketlockError(
      "HANDLE_INVALID",
      `Cannot open the handle: it is of ${handle.module}, kind ${handle.kind}, expected kind ${[...this.#kinds.keys()].join(", ")}.`,
    );
  }

  #requireKnown(kind: string): LockKind {
    const found = this.#kinds.get(kind);
    if (found !== undefined) return found;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot make a mutex of kind ${kind}: there is none in ${this.#place}. Use ${this.#listKinds(kind)}.`,
    );
  }

  /** @param recordedName - the name that is recorded as of this kind already, if it is */
  #require(kind: string, directory?: string, recordedName?: string): LockKind {
    if (recordedName === undefined) {
      const found = this.#requireKnown(kind);
      const refusal = found.support(directory);
      if (refusal === undefined) return found;
      throw refusal;
    }
    const found = this.#kinds.get(kind);
    const refusal = found?.support(directory);
    if (found !== undefined && refusal === undefined) return found;
    // A refusal ends with what to do about it.
    const why =
      refusal === undefined
        ? `there is no such kind in ${this.#place}. Use`
        : `${reasonOf(refusal)} Or use`;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot open the lock ${recordedName} here: on this host it is of kind ${kind}, as its first opener chose, and ${why} another name${this.#orElse(kind, ", with ", " in every process")}.`,
      { cause: refusal },
    );
  }

  #requireDefault(): string {
    const refusal = this.#requireKnown(DEFAULT_KIND).support();
    if (refusal === undefined) return DEFAULT_KIND;
    const instead = this.#orElse(
      DEFAULT_KIND,
      " Say which kind to use, the same in every process: ",
      ".",
    );
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot make a mutex of the default kind, ${DEFAULT_KIND}: ${reasonOf(refusal)}${instead}`,
      { cause: refusal },
    );
  }

  /** The other kinds, between these texts; nothing where there is no other. */
  #orElse(kind: string, before: string, after: string): string {
    const others = this.#listKinds(kind);
    return others === "" ? "" : before + others + after;
  }

  #listKinds(except: string): string {
    return [...this.#kinds]
      .filter(([kind]) => kind !== except)
      .map(([kind, { serves }]) => `{ kind: "${kind}" } (${serves})`)
      .join(" or ");
  }
}

/** What follows "Cannot ...: " in an error's message. */
function reasonOf({ message }: TicketlockError): string {
  return message.slice(message.indexOf(": ") + 2);
}
