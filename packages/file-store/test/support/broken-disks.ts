import { createHash } from "node:crypto";
import { PATH } from "./durable-on.ts";
import { type DiskOptions, SimulatedFileSystem } from "./simulated-file-system.ts";

/** Settles no content: after a power cut a name may stand for half a file. */
export class WithoutFsync extends SimulatedFileSystem {
  /** It is no disk that lies, of which that is expected. */
  constructor(options?: DiskOptions) {
    super({ ...options, lies: false });
  }

  override fsync(): void {
    this.step("fsync");
  }
}

/** Settles no names: after a power cut the old file may be back. */
export class WithoutDirectoryFsync extends SimulatedFileSystem {
  override fsyncDirectory(): void {
    this.step("fsyncDirectory");
  }
}

/** Replaces a file by writing over it. */
export class WithoutRename extends SimulatedFileSystem {
  override rename(from: string, to: string): void {
    const source = this.open(from, "read");
    const content = new Uint8Array(this.facts(source).size);
    this.read(source, content, 0);
    this.close(source);
    if (this.names.has(to)) this.unlink(to);
    const target = this.open(to, "create");
    this.write(target, content, 0);
    this.fsync(target);
    this.close(target);
    this.unlink(from);
  }
}

/** Settles names after a change of one sale, and not after one of two or more. */
export class GroupsUnsettled extends SimulatedFileSystem {
  #added = 0;

  override rename(from: string, to: string): void {
    if (to === PATH) this.#added = salesAt(this, from) - salesAt(this, to);
    super.rename(from, to);
  }

  override fsyncDirectory(directory: string): void {
    if (this.#added > 1) this.step("fsyncDirectory");
    else super.fsyncDirectory(directory);
  }
}

function salesAt({ names }: SimulatedFileSystem, name: string): number {
  const inode = names.get(name);
  return inode === undefined ? 0 : Buffer.from(inode.content).toString("latin1").split("\n").length;
}

/** Settles the names that its own process has changed, and not those that one has that was killed. */
export class SettlesOwnOnly extends SimulatedFileSystem {
  #hasChanged = false;

  override rename(from: string, to: string): void {
    super.rename(from, to);
    this.#hasChanged = true;
  }

  override link(existing: string, name: string): void {
    super.link(existing, name);
    this.#hasChanged = true;
  }

  override fsyncDirectory(directory: string): void {
    if (this.#hasChanged) super.fsyncDirectory(directory);
    else this.step("fsyncDirectory");
  }
}

/** Takes an fsync that succeeds after one that failed for a good one. */
export class FsyncsAgain extends SimulatedFileSystem {
  override fsync(descriptor: number): void {
    try {
      super.fsync(descriptor);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      super.fsync(descriptor);
    }
  }
}

const SUM = /"sha256":"[0-9a-f]{64}","store":/;

/** As if nobody looked at the checksum: whatever is read has the right one. */
export class WithoutChecksum extends SimulatedFileSystem {
  override read(descriptor: number, into: Uint8Array, position: number): number {
    const whole = new Uint8Array(this.facts(descriptor).size);
    for (let at = 0; at < whole.length;) at += super.read(descriptor, whole.subarray(at), at);
    const content = withRightSum(whole).subarray(position, position + into.length);
    into.set(content);
    return content.length;
  }
}

function withRightSum(bytes: Uint8Array): Uint8Array {
  const content = Buffer.from(bytes);
  const found = SUM.exec(content.toString("latin1"));
  if (found === null) return content;
  const body = content.subarray(found.index + found[0].length, content.length - "}\n".length);
  content.write(createHash("sha256").update(body).digest("hex"), found.index + '"sha256":"'.length);
  return content;
}
