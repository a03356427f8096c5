import { dirname } from "node:path";
import { checkOwnFile, storeFileError } from "./store-file-error.ts";
import type { FileSystem } from "./file-system.ts";

/** Bytes at the start of a file by which `readUnless` knows it again. */
const HEAD_BYTES = 256;

/** The names beside a durable file. */
export function namesBeside(path: string): Readonly<Record<"next" | "spare" | "previous", string>> {
  return { next: `${path}.next`, spare: `${path}.spare`, previous: `${path}.previous` };
}

/**
 * A file that is replaced as a whole: whoever reads it sees the old content or the new, and a crash
 * at any step leaves one of them. The generation before stays beside it as `<path>.previous`.
 *
 * `replace` must be called by one process at a time, which the caller's lock sees to; under it, what
 * an interrupted one has left behind (`.next`, `.spare`) is nobody's and is removed. Reading needs no
 * lock.
 */
export class DurableFile {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #maxBytes: number;

  constructor(path: string, fileSystem: FileSystem, maxBytes: number) {
    this.path = path;
    this.#fileSystem = fileSystem;
    this.#maxBytes = maxBytes;
  }

  /**
   * The content, or undefined if its size and first bytes are those of `known`. Enough to notice that
   * another has written where the first bytes hold a checksum of the rest; damage in the rest is not noticed.
   * @throws {TicketlockError} `STORE_UNAVAILABLE`; what `tooLarge` makes of a file beyond the limit.
   */
  readUnless(
    known: Uint8Array | undefined,
    tooLarge: (bytes: number) => Error,
  ): Buffer | undefined {
    return this.#using("read", this.path, "read", (descriptor) => {
      const facts = this.#fileSystem.facts(descriptor);
      checkOwnFile(this.path, facts);
      if (facts.size > this.#maxBytes) throw tooLarge(facts.size);
      if (known !== undefined && facts.size === known.length) {
        const head = Buffer.alloc(Math.min(HEAD_BYTES, known.length));
        this.#fill(descriptor, head, 0);
        if (head.equals(known.subarray(0, head.length))) return undefined;
      }
      const content = Buffer.alloc(facts.size);
      return content.subarray(0, this.#fill(descriptor, content, 0));
    });
  }

  /** False if there is nothing under this name. @throws {TicketlockError} `STORE_UNAVAILABLE` if what is there is no file to be read. */
  exists(path: string = this.path): boolean {
    try {
      this.#fileSystem.close(this.#fileSystem.open(path, "read"));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw storeFileError("open", path, error);
    }
  }

  /** Makes the file, which must not exist. */
  create(content: Uint8Array): void {
    const { next } = namesBeside(this.path);
    this.#prepare(next, content);
    this.#perform("open", () => {
      // A link instead of a rename: it fails where a file has come between.
      this.#fileSystem.link(next, this.path);
      this.#fileSystem.unlink(next);
      this.#fileSystem.fsyncDirectory(dirname(this.path));
    });
  }

  /**
   * Puts `content` in the place of the file, keeping what was there as the previous generation. If it
   * throws, the old content stands untouched. A power cut leaves the one or the other; after `settle`
   * the new one.
   * @throws {TicketlockError} `STORE_UNAVAILABLE`
   */
  replace(content: Uint8Array): void {
    const { next, spare, previous } = namesBeside(this.path);
    this.#prepare(next, content);
    this.#perform("write", () => {
      // At no moment is there no previous generation, but before there was one.
      this.#unlinkLeftover(spare);
      this.#fileSystem.link(this.path, spare);
      this.#fileSystem.rename(spare, previous);
      this.#fileSystem.rename(next, this.path);
    });
  }

  /** Returns when a power cut cannot undo what a reader has seen. @throws {TicketlockError} `STORE_UNAVAILABLE` */
  settle(): void {
    this.#perform("write", () => this.#fileSystem.fsyncDirectory(dirname(this.path)));
  }

  /** Writes a file of its own and settles its content, so that its name may be given away. */
  #prepare(next: string, content: Uint8Array): void {
    this.#perform("write", () => this.#unlinkLeftover(next));
    try {
      this.#using("write", next, "create", (descriptor) => {
        for (let at = 0; at < content.length;) {
          const written = this.#fileSystem.write(descriptor, content.subarray(at), at);
          if (written === 0) throw new Error("nothing more could be written");
          at += written;
        }
        this.#fileSystem.fsync(descriptor);
      });
    } catch (error) {
      // Half a file would only take room on a disk that may be full.
      try {
        this.#unlinkLeftover(next);
      } catch {
        // The next writer tries again.
      }
      throw error;
    }
  }

  #unlinkLeftover(path: string): void {
    try {
      this.#fileSystem.unlink(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #fill(descriptor: number, into: Uint8Array, from: number): number {
    let at = from;
    while (at < into.length) {
      const bytes = this.#fileSystem.read(descriptor, into.subarray(at), at);
      if (bytes === 0) break;
      at += bytes;
    }
    return at;
  }

  #using<T>(
    doing: "read" | "write",
    path: string,
    purpose: "read" | "create",
    use: (descriptor: number) => T,
  ): T {
    return this.#perform(doing, () => {
      const descriptor = this.#fileSystem.open(path, purpose);
      let result: T;
      try {
        result = use(descriptor);
      } catch (error) {
        try {
          this.#fileSystem.close(descriptor);
        } catch {
          // The first error tells more.
        }
        throw error;
      }
      this.#fileSystem.close(descriptor);
      return result;
    });
  }

  #perform<T>(doing: "open" | "read" | "write", act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw storeFileError(doing, this.path, error);
    }
  }
}
