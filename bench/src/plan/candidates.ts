import {
  NONE_KIND,
  type SellingMode,
  scopeCovers,
  sellingModes,
  type StoreGuarantees,
} from "@ticketlock/core";
import type { CatalogueEntry } from "./catalogue.ts";
import { type Cell, FALSE_SHARING, ORACLE, PRIVATE_LINE, STEADY } from "./cell.ts";
import type { Preset } from "./presets.ts";
import {
  ASKED_FOR,
  BESIDE_ALONE_PRIORITY,
  BESIDE_PRIORITY,
  BROKEN_PRIORITY,
  CURVE_PRIORITY,
  ESSENTIAL_PRIORITY,
  FALSE_SHARING_PRIORITY,
  FURTHER_SALES_LATER,
  FURTHER_STORES_LATER,
  FURTHER_STORES_OF_OTHERS_LATER,
  GROWTH_PRIORITY,
  LATER_SECTIONS_PRIORITY,
  ORACLE_PRIORITY,
  OTHER_LOCK_FAR_LATER,
  OTHER_LOCK_LATER,
  OTHER_TELLING_PRIORITY,
  PRIVATE_LINE_PRIORITY,
  SALE_PRIORITY,
  TELLING_CONTROLS_PRIORITY,
  TELLING_SECTION_PRIORITY,
  UNLOCKED_ALONE_PRIORITY,
  UNLOCKED_LATER,
  UNLOCKED_PRIORITY,
} from "./priorities.ts";
import { scenarios } from "./scenarios.ts";

/** What the user asked for; what is absent is the preset's choice. */
export interface Selection {
  readonly locks?: readonly string[] | undefined;
  readonly stores?: readonly string[] | undefined;
  readonly contenders?: readonly number[] | undefined;
  readonly sections?: readonly number[] | undefined;
  /** Names of loads beside the steady one; absent means all that there is time for. */
  readonly scenarios?: readonly string[] | undefined;
}

/** A cell that could be measured, and how soon it is dropped when time is short: 0 is the last to go. */
export interface Candidate {
  readonly cell: Cell;
  readonly priority: number;
  /** About how long, in milliseconds, one of its blocks takes beside warm-up and windows. */
  readonly besideMs: number;
}

/** Start of a block's process, of a contender, of a peer's program; and a sale that sells out. */
const START_MS = 330;
const THREAD_MS = 35;
const PROCESS_MS = 180;
const PEER_START_MS = 150;
const PEER_CONTENDER_MS = 30;
const SELL_OUT_MS = 350;
/** Selling out a store that waits for a disk at every sale. */
const DURABLE_SELL_OUT_MS = 1_200;

/** What a block of contenders takes beside its windows. */
export function startMs(unit: "thread" | "process", contenders: number): number {
  return START_MS + contenders * (unit === "process" ? PROCESS_MS : THREAD_MS);
}

/** As `startMs`, for a peer's program. */
export function peerStartMs(contenders: number): number {
  return PEER_START_MS + contenders * PEER_CONTENDER_MS;
}

/** Kinds of core that are controls, not locks. */
const CONTROL_KINDS = ["none", "broken"];
/**
 * Modes without a throughput of their own: contenders of `join` never meet, and `own-mutex` is
 * `unlocked` with the cost of making a lock per sale. Both are told as stories instead.
 */
const STORY_MODES: readonly SellingMode[] = ["join", "own-mutex"];

/** How far a section is from the first by its place in the preset's list: without any work inside, with the most telling length, with others. */
const SECTION_FAR = [0, 3];
const LATER_SECTIONS = 5;

/** Section of the broken control where contenders are processes, whose hand-over takes tens of microseconds. */
const WIDE_SECTION_US = 200;

/**
 * All cells of one adapter that a preset and a selection call for.
 * @param isFirst - of the adapters of its sort: where time is short, one of them shows what stores differ by
 */
export function candidates(
  entry: CatalogueEntry,
  preset: Preset,
  selection: Selection,
  isFirst = true,
): Candidate[] {
  return new AdapterCandidates(entry, preset, selection, isFirst).all();
}

class AdapterCandidates {
  readonly #entry: CatalogueEntry;
  readonly #contenders: readonly number[];
  /** More numbers of contenders, for the default lock alone. */
  readonly #curve: readonly number[];
  readonly #sections: readonly number[];
  /** The contender count of cells that are measured at one count only. */
  readonly #focus: number;
  /** Measured at every number of contenders. */
  readonly #locks: readonly string[];
  /** Measured beside the first at one number of contenders only, where a preset has little time. */
  readonly #beside: readonly string[];
  readonly #selection: Selection;
  readonly #preset: Preset;
  readonly #isFirst: boolean;

  constructor(entry: CatalogueEntry, preset: Preset, selection: Selection, isFirst: boolean) {
    this.#isFirst = isFirst;
    this.#entry = entry;
    this.#preset = preset;
    this.#selection = selection;
    this.#contenders = contendersOf(entry, preset, selection);
    this.#curve =
      selection.contenders === undefined
        ? preset.curve.contenders.filter((count) => count >= entry.launchers)
        : [];
    this.#sections = selection.sections ?? preset.sections;
    this.#focus = this.#contenders.find((count) => count >= 2) ?? this.#contenders[0]!;
    const usable = this.#usableLocks();
    const narrow = selection.locks === undefined && preset.breadth === "defaults";
    this.#locks = narrow ? usable.slice(0, 1) : usable;
    this.#beside = narrow ? usable.slice(1) : [];
  }

  all(): Candidate[] {
    // Fewer contenders were asked for than there are launchers to start them.
    if (this.#contenders.length === 0) return [];
    return [...this.#counters(), ...this.#controls(), ...this.#sales(), ...this.#scenarios()];
  }

  #usableLocks(): string[] {
    const usable = this.#entry.locks
      .filter(
        ({ kind, guarantees }) =>
          !CONTROL_KINDS.includes(kind) && scopeCovers(guarantees.scope, this.#entry.scope),
      )
      .map(({ kind }) => kind);
    const { locks } = this.#selection;
    return locks === undefined ? usable : usable.filter((kind) => locks.includes(kind));
  }

  #counters(): Candidate[] {
    const list: Candidate[] = [];
    this.#sections.forEach((section, sectionRank) => {
      for (const contenders of this.#contenders) {
        this.#locks.forEach((lock, rank) => {
          const priority =
            rank === 0
              ? this.#defaultLockPriority(contenders, sectionRank)
              : this.#otherLockPriority(contenders, sectionRank);
          list.push(this.#counter(lock, contenders, section, priority));
        });
        const unlocked = this.#unlockedPriority(contenders, sectionRank);
        list.push(this.#counter(NONE_KIND, contenders, section, unlocked));
        // Alone, the oracle is the unlocked cell.
        if (contenders === 1) continue;
        const alone = this.#oraclePriority(contenders, sectionRank);
        list.push(this.#counter(ORACLE, contenders, section, alone));
      }
    });
    for (const lock of this.#entry.launchers === 1 ? this.#locks : [])
      list.push(this.#counter(lock, 1, this.#sections[0]!, 6, "counter-async"));
    for (const contenders of this.#curve)
      for (const lock of this.#locks.slice(0, 1))
        list.push(this.#counter(lock, contenders, this.#sections[0]!, CURVE_PRIORITY));
    for (const lock of this.#beside)
      list.push(this.#counter(lock, this.#focus, this.#sections[0]!, BESIDE_PRIORITY));
    return list;
  }

  /** What nothing else says of a place: the further from the first section and number of contenders, the later. */
  #far(contenders: number, sectionRank: number): number {
    const byContenders = contenders === this.#focus ? 0 : contenders === 1 ? 2 : 4;
    return byContenders + (SECTION_FAR[sectionRank] ?? LATER_SECTIONS);
  }

  #defaultLockPriority(contenders: number, sectionRank: number): number {
    const isFocus = contenders === this.#focus;
    if (sectionRank === 0 && isFocus) return 0;
    if (sectionRank === 0 && contenders === 1) return ESSENTIAL_PRIORITY;
    if (isFocus) return sectionRank === 1 ? TELLING_SECTION_PRIORITY : LATER_SECTIONS_PRIORITY;
    if (sectionRank === 0 && this.#curve.length > 0) return GROWTH_PRIORITY;
    return this.#far(contenders, sectionRank);
  }

  #otherLockPriority(contenders: number, sectionRank: number): number {
    if (sectionRank === 0 && contenders === this.#focus) return BESIDE_PRIORITY;
    if (sectionRank === 0 && contenders === 1) return BESIDE_ALONE_PRIORITY;
    if (sectionRank === 1 && contenders === this.#focus) return OTHER_TELLING_PRIORITY;
    return this.#far(contenders, sectionRank) + OTHER_LOCK_FAR_LATER;
  }

  #unlockedPriority(contenders: number, sectionRank: number): number {
    if (contenders === this.#focus && sectionRank <= 1)
      return sectionRank === 0 ? UNLOCKED_PRIORITY : TELLING_CONTROLS_PRIORITY;
    if (contenders === 1 && sectionRank === 0) return UNLOCKED_ALONE_PRIORITY;
    return this.#far(contenders, sectionRank);
  }

  #oraclePriority(contenders: number, sectionRank: number): number {
    if (contenders === this.#focus && sectionRank <= 1)
      return sectionRank === 0 ? ORACLE_PRIORITY : TELLING_CONTROLS_PRIORITY;
    return this.#far(contenders, sectionRank) + 3;
  }

  #controls(): Candidate[] {
    const [section] = this.#sections;
    const focus = Math.max(2, this.#focus);
    // Where a lock takes far longer than a section, two contenders would hardly ever be inside at once.
    const wide = this.#entry.unit === "process" ? Math.max(section!, WIDE_SECTION_US) : section!;
    const list = [this.#counter("broken", focus, wide, BROKEN_PRIORITY)];
    // In a file that is read and written there are no cache lines to have for oneself.
    if (this.#entry.words !== "file")
      list.push(this.#counter(PRIVATE_LINE, focus, section!, PRIVATE_LINE_PRIORITY));
    if (this.#entry.unit === "thread")
      list.push(this.#counter(FALSE_SHARING, focus, section!, FALSE_SHARING_PRIORITY));
    return list;
  }

  /** Each load beside the steady one, on the locks that its contenders can share. */
  #scenarios(): Candidate[] {
    const { scenarios: asked, contenders, sections, stores } = this.#selection;
    // Who chose numbers or stores, and no scenario, has no use for a scenario's own.
    if (asked === undefined && (contenders ?? sections ?? stores) !== undefined) return [];
    const urgency = asked === undefined ? 0 : -ASKED_FOR;
    return scenarios
      .filter(({ name }) => asked?.includes(name) ?? true)
      .flatMap(({ name, load, priority, ...own }) => {
        const locks = this.#locks.filter((lock) => !load.dies || this.#outlivesHolders(lock));
        const least = Math.max(own.leastContenders, this.#entry.launchers);
        const counts = (contenders ?? [Math.max(own.contenders, least)]).filter(
          (count) => count >= least,
        );
        return [...locks, ...(own.unlockedToo ? [NONE_KIND] : [])].flatMap((lock, rank) =>
          counts.flatMap((count) =>
            (sections ?? [own.section]).map((section) => ({
              cell: this.#cell({
                lock,
                store: this.#entry.words,
                mode: "counter",
                contenders: count,
                section,
                role: lock === NONE_KIND ? "control" : "lock",
                scenario: name,
              }),
              priority:
                urgency +
                priority +
                (lock === NONE_KIND ? UNLOCKED_LATER : rank === 0 ? 0 : OTHER_LOCK_LATER),
              besideMs: startMs(this.#entry.unit, count),
            })),
          ),
        );
      });
  }

  /** True if a holder's end frees the lock without anybody's doing. */
  #outlivesHolders(lock: string): boolean {
    return this.#entry.locks.some(
      ({ kind, guarantees }) => kind === lock && guarantees.ownerDeath === "immediate",
    );
  }

  #sales(): Candidate[] {
    const list: Candidate[] = [];
    const [section] = this.#sections;
    const lock = this.#locks[0];
    this.#stores().forEach(({ kind, guarantees }, storeRank) => {
      for (const mode of modesOf(guarantees)) {
        const traits = sellingModes[mode];
        // Racing writers leave a file that promises nothing unreadable for good.
        if (!traits.exact && !guarantees.versioned) continue;
        const kindOfLock = traits.lock === "none" ? "none" : lock;
        if (kindOfLock === undefined) continue;
        for (const contenders of this.#preset.breadth === "all"
          ? this.#contenders
          : [this.#focus]) {
          const priority = this.#salePriority(mode, storeRank, contenders);
          list.push({
            cell: this.#cell({
              lock: kindOfLock,
              store: kind,
              mode,
              contenders,
              section: section!,
              role: "sale",
            }),
            priority,
            besideMs:
              startMs(this.#entry.unit, contenders) +
              (guarantees.durability === "power" ? DURABLE_SELL_OUT_MS : SELL_OUT_MS),
          });
        }
      }
    });
    return list;
  }

  #salePriority(mode: SellingMode, storeRank: number, contenders: number): number {
    const further = this.#isFirst ? FURTHER_STORES_LATER : FURTHER_STORES_OF_OTHERS_LATER;
    return (
      // A store that was asked for is what the run is about.
      (this.#selection.stores === undefined ? 0 : -ASKED_FOR) +
      SALE_PRIORITY[mode] +
      (storeRank === 0 ? 0 : further) +
      (contenders === this.#focus ? 0 : FURTHER_SALES_LATER)
    );
  }

  #stores(): CatalogueEntry["stores"] {
    const { stores } = this.#selection;
    const usable = this.#entry.stores.filter(({ guarantees }) =>
      scopeCovers(guarantees.scope, this.#entry.scope),
    );
    return stores === undefined ? usable : usable.filter(({ kind }) => stores.includes(kind));
  }

  #counter(
    lock: string,
    contenders: number,
    section: number,
    priority: number,
    mode: Cell["mode"] = "counter",
  ): Candidate {
    const store = this.#entry.words;
    const role = [...this.#locks, ...this.#beside].includes(lock) ? "lock" : "control";
    const gate =
      lock === this.#locks[0] &&
      mode === "counter" &&
      section === this.#sections[0] &&
      (contenders === 1 || contenders === this.#focus);
    return {
      cell: this.#cell({ lock, store, mode, contenders, section, role, gate }),
      priority,
      besideMs: startMs(this.#entry.unit, contenders),
    };
  }

  #cell(
    part: Omit<Cell, "runtime" | "adapter" | "twin" | "scenario" | "gate"> & Partial<Cell>,
  ): Cell {
    const { runtime, adapter } = this.#entry;
    return { scenario: STEADY, gate: false, ...part, runtime, adapter, twin: 0 };
  }
}

/** How many compete: where several launchers start contenders in turn, at least one of each. */
function contendersOf(
  { launchers }: CatalogueEntry,
  preset: Preset,
  { contenders }: Selection,
): readonly number[] {
  const enough = (contenders ?? preset.contenders).filter((count) => count >= launchers);
  return enough.length > 0 || contenders !== undefined ? enough : [launchers];
}

/** The modes in which tickets of such a store can be sold over and over, so that there is a rate. */
export function modesOf(guarantees: StoreGuarantees): SellingMode[] {
  return (Object.keys(sellingModes) as SellingMode[]).filter(
    (mode) => !STORY_MODES.includes(mode) && meets(guarantees, sellingModes[mode].needs),
  );
}

function meets(guarantees: StoreGuarantees, needs: Partial<StoreGuarantees>): boolean {
  return Object.entries(needs).every(
    ([name, value]) => guarantees[name as keyof StoreGuarantees] === value,
  );
}
