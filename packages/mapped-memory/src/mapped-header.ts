import { TicketlockError } from "@ticketlock/core";

/** Words to a line of 128 bytes: two cache lines, since processors fetch them in pairs. */
export const LINE = 32;
export const HEADER_BYTES: number = LINE * 4;

/** The first line of a mapped file, by word. Everything behind it belongs to the kind. */
const MAGIC_AT = 0;
const KIND_AT = 1;
const VERSION_AT = 2;
const ARCHITECTURE_AT = 3;
const BOOT_AT = 4; // four words
const NAMESPACE_AT = 8; // two words, low one first
const WORDS_AT = 10;

const MAGIC = 0x71c4_e720;
/** Version of the header itself; a kind's layout has its own beside it. */
const HEADER_VERSION = 1;
const TWO_32 = 4_294_967_296;

const architectures: Readonly<Record<"x64" | "arm64", number>> = { x64: 1, arm64: 2 };

/** What must be the same for two processes to understand each other's lock words. */
export interface HostIdentity {
  /** Differs after each start of the system; 32 hexadecimal digits. */
  readonly bootId: string;
  /** Thread ids mean something within one PID namespace only; this is its inode. */
  readonly pidNamespace: number;
}

/** A kind of mapped file. */
export interface MappedKind {
  readonly name: string;
  /** As it stands in the file, from 1. */
  readonly number: number;
  /** Version of the kind's layout, 1 to 32767: another one is refused. */
  readonly version: number;
}

/** What the header of a file on this host must say. */
export interface HeaderContext {
  readonly kind: MappedKind;
  readonly architecture: "x64" | "arm64";
  readonly host: HostIdentity;
}

/** `stale`: written before the system was started anew, so whatever held it is gone. */
export type HeaderState = "current" | "stale";

export function writeHeader(words: Int32Array, context: HeaderContext): void {
  words[MAGIC_AT] = MAGIC;
  words[KIND_AT] = context.kind.number;
  words[VERSION_AT] = versionOf(context.kind);
  words[ARCHITECTURE_AT] = architectures[context.architecture];
  words[WORDS_AT] = words.length;
  stampHost(words, context.host);
}

/** Says that the file is of this boot and namespace. The last step of initialising it anew. */
export function stampHost(words: Int32Array, host: HostIdentity): void {
  words[NAMESPACE_AT] = host.pidNamespace | 0;
  words[NAMESPACE_AT + 1] = Math.floor(host.pidNamespace / TWO_32);
  for (const [i, word] of bootWords(host).entries()) words[BOOT_AT + i] = word;
}

/** The file's size in words, as its header says. */
export function sizeInWords(header: Int32Array): number {
  return header[WORDS_AT]!;
}

/**
 * Checks the first line of the file at `path`, which has `sizeBytes`.
 * @throws {TicketlockError} `LOCK_CORRUPT` if it is not a whole file of this kind, `LOCK_UNSUPPORTED`
 * if it is one that this process cannot share.
 */
export function checkHeader(
  path: string,
  header: Int32Array,
  sizeBytes: number,
  { kind, architecture, host }: HeaderContext,
): HeaderState {
  const corrupt = (why: string): never => {
    throw new TicketlockError(
      "LOCK_CORRUPT",
      `Cannot open ${path}: ${why}. Remove the file once nobody uses it.`,
    );
  };
  const unsupported = (why: string): never => {
    throw new TicketlockError("LOCK_UNSUPPORTED", `Cannot open ${path}: ${why}.`);
  };
  if (header.length < LINE) corrupt("it is cut off");
  if (header[MAGIC_AT] !== MAGIC) corrupt("it is not a file of mapped memory");
  if (header[KIND_AT] !== kind.number) corrupt(`it is not of kind ${kind.name}`);
  if (header[VERSION_AT] !== versionOf(kind))
    unsupported(
      "another release of @ticketlock/mapped-memory has made it; use the same in all processes",
    );
  if (header[ARCHITECTURE_AT] !== architectures[architecture])
    unsupported("it was made by a process of another processor architecture");
  if (sizeInWords(header) < LINE || sizeInWords(header) * 4 > sizeBytes) corrupt("it is cut off");
  if (bootWords(host).some((word, i) => header[BOOT_AT + i] !== word)) return "stale";
  const namespace = header[NAMESPACE_AT + 1]! * TWO_32 + (header[NAMESPACE_AT]! >>> 0);
  if (namespace !== host.pidNamespace)
    unsupported(
      "it belongs to another PID namespace (a container?), whose thread ids mean something else here; give each namespace a state directory of its own, or let them share one PID namespace",
    );
  return "current";
}

function versionOf({ version }: MappedKind): number {
  return HEADER_VERSION * 65_536 + version;
}

function bootWords({ bootId }: HostIdentity): number[] {
  return [0, 8, 16, 24].map((at) => Number.parseInt(bootId.slice(at, at + 8), 16) | 0);
}
