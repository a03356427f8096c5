/** Thrown where the thread would have died. */
export const DEATH: unique symbol = Symbol("death");

/** Which of the plain writes since the last atomic operation others see: in order of writing. */
export type Lands = (write: number) => boolean;

interface PlainWrite {
  readonly at: number;
  readonly before: Uint8Array;
}

type View = Int32Array | Uint8Array;

/**
 * Memory at whose n-th access, plain ones included, its user dies: everything is thrown out at that
 * point, and what is in memory stays as it is. A processor may let others see plain writes in any
 * order until the next atomic operation, so of those since the last one only some need to have landed.
 *
 * `Atomics` and views made while `run` runs go through it.
 */
export class FrailMemory {
  readonly words: Int32Array;
  accesses = 0;
  readonly #diesAt: number;
  readonly #lands: Lands;
  readonly #real: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #views = new Map<View, View>();
  #sinceAtomic: PlainWrite[] = [];

  constructor(real: Int32Array, diesAt: number = Infinity, lands: Lands = () => true) {
    this.#real = real;
    this.#bytes = new Uint8Array(real.buffer);
    this.#diesAt = diesAt;
    this.#lands = lands;
    this.words = this.#standIn(real);
  }

  /** What `use` returns, or DEATH. */
  run<T>(use: () => T): T | typeof DEATH {
    const { Atomics: realAtomics, Uint8Array: RealBytes } = globalThis;
    globalThis.Atomics = this.#atomics(realAtomics);
    const standInFor = (bytes: Uint8Array): Uint8Array =>
      bytes.buffer === this.#real.buffer ? this.#standIn(bytes) : bytes;
    globalThis.Uint8Array = new Proxy(RealBytes, {
      construct: (target, args, newTarget) =>
        standInFor(Reflect.construct(target, args, newTarget) as Uint8Array),
    });
    try {
      return use();
    } catch (error) {
      if (error === DEATH) return DEATH;
      throw error;
    } finally {
      globalThis.Atomics = realAtomics;
      globalThis.Uint8Array = RealBytes;
    }
  }

  #standIn<T extends View>(view: T): T {
    const standIn = new Proxy(view, {
      get: (target, key) => {
        if (isIndex(key)) this.#pass();
        return Reflect.get(target, key, target) as unknown;
      },
      set: (target, key, value: number) => {
        if (!isIndex(key)) return false;
        this.#pass();
        const width = target.BYTES_PER_ELEMENT;
        const at = target.byteOffset + Number(key) * width;
        this.#sinceAtomic.push({ at, before: this.#bytes.slice(at, at + width) });
        target[Number(key)] = value;
        return true;
      },
    });
    this.#views.set(standIn, view);
    return standIn;
  }

  /** One access: the last moment before it. A death stays one, whoever catches it. */
  #pass(): void {
    this.accesses++;
    if (this.accesses < this.#diesAt) return;
    if (this.accesses === this.#diesAt) this.#loseWrites();
    throw DEATH;
  }

  /** What has not landed was never written, unless something that has landed lies on it. */
  #loseWrites(): void {
    const landed = new Set<number>();
    for (const [i, { at, before }] of [...this.#sinceAtomic.entries()].reverse()) {
      for (const [offset, byte] of before.entries()) {
        if (this.#lands(i)) landed.add(at + offset);
        else if (!landed.has(at + offset)) this.#bytes[at + offset] = byte;
      }
    }
  }

  #atomics(real: typeof Atomics): typeof Atomics {
    const through =
      (operation: (view: Int32Array, ...rest: number[]) => unknown) =>
      (view: Int32Array, ...rest: number[]): unknown => {
        this.#pass();
        this.#sinceAtomic = [];
        return operation((this.#views.get(view) ?? view) as Int32Array, ...rest);
      };
    const standIn = Object.create(real) as Record<string, unknown>;
    for (const name of [
      "load",
      "store",
      "compareExchange",
      "exchange",
      "add",
      "and",
      "or",
    ] as const)
      standIn[name] = through(real[name] as (view: Int32Array, ...rest: number[]) => unknown);
    return standIn as unknown as typeof Atomics;
  }
}

function isIndex(key: string | symbol): key is string {
  return typeof key === "string" && /^\d+$/.test(key);
}
