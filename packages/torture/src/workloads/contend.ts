import { existsSync } from "node:fs";
import { pauseBetweenAtomicSteps } from "@ticketlock/conformance/kit";
import type { Contender, Launcher } from "@ticketlock/core";
import { attack } from "../contender/attack.ts";
import { HistoryFiles } from "../contender/history-files.ts";
import { clientName, lockName } from "../contender/names.ts";
import { waveName } from "../contender/notes.ts";
import { pause } from "../contender/pausing.ts";
import { Player } from "../contender/player.ts";
import { lookSeldom, ownAdapter } from "../contender/seldom-looks.ts";
import { shiftClock } from "../contender/shifted-clock.ts";
import { Draw } from "../plan/draw.ts";
import type { Injection, Style, Wave } from "../plan/round-plan.ts";

/** Topic on which a contender tells that it has begun a wave. */
export const WAVE_TOPIC = "torture:wave";
/** Topic on which an attacker tells that it has sent its messages. */
export const ATTACKED_TOPIC = "torture:attacked";

export interface ContendInput {
  readonly folder: string;
  /** Before the clients' names: a round may have a second session. */
  readonly phase: string;
  /** Decimal; to be added to the session's clock, which may begin anew with each session. */
  readonly offsetNs: string;
  readonly style: Style;
  readonly unit: Launcher["unit"];
  readonly expected: readonly string[];
  readonly pauses: boolean;
  readonly lingers: boolean;
  /** The store may refuse for want of room. */
  readonly mayBeFull: boolean;
  readonly waves: readonly Wave[];
  /** Modules of the adapters, where waiters are to look seldom. */
  readonly looksSeldom: readonly string[];
}

/** How long one that has nothing to do in a wave looks away. */
const IDLE_MS = 2;

/**
 * Competes wave by wave: until the owner has ended the wave, by a file that is seen without a turn of the
 * event loop. Between waves all who live come to rest: one that was not woken for what it waits for is
 * not helped by those who come later.
 */
export default async function contend(contender: Contender, input: ContendInput): Promise<void> {
  const { folder, phase, waves } = input;
  const { index, signal } = contender;
  const offsetNs = BigInt(input.offsetNs);
  const files = new HistoryFiles({
    folder,
    client: clientName(phase, index),
    lockName: lockName(phase),
    nowNs: () => contender.nowNs() + offsetNs,
  });
  await lookSeldom(ownAdapter(input.looksSeldom, index));
  const draw = new Draw(contender.seed);
  const player = new Player(contender, { ...input, files, draw });
  const endPauses = input.pauses ? pauseBetweenAtomicSteps(contender.seed) : undefined;
  for (const [number, { injections }] of waves.entries()) {
    await contender.meet(`wave ${number}`);
    const { clockErrorNs } = contender;
    contender.channel.send(WAVE_TOPIC, { wave: number, clockErrorNs });
    const isOver = (): boolean =>
      signal.aborted || existsSync(`${folder}/${waveName(phase, number)}`);
    for (const injection of injections) {
      if (injection.what === "clock") shiftClock(injection.jumpsMs[index]!);
      if (injection.what === "messages" && injection.attacker === index) {
        await attack(contender, files, injection.count, draw);
        await contender.channel.request(ATTACKED_TOPIC, number);
      }
    }
    if (isAttacker(waves, index)) while (!isOver()) await pause(IDLE_MS);
    else await play(player, ofMine(injections, index), isOver);
  }
  endPauses?.();
}

type Mine = Extract<Injection, { what: "end" | "point" }>;

async function play(player: Player, mine: Mine | undefined, isOver: () => boolean): Promise<void> {
  for (let operation = 0; !isOver(); operation++) {
    const now = mine !== undefined && operation >= mine.operation ? mine : undefined;
    await player.operate(
      now?.what === "end" ? now : undefined,
      now?.what === "point" ? now : undefined,
    );
  }
}

/** What this contender is to die of in a wave. */
function ofMine(injections: readonly Injection[], index: number): Mine | undefined {
  return injections.find(
    (one): one is Mine => (one.what === "end" || one.what === "point") && one.victim === index,
  );
}

/** Who sends hostile messages may close its own lock by one, or be ended for it: it does nothing else. */
function isAttacker(waves: readonly Wave[], index: number): boolean {
  return waves.some(({ injections }) =>
    injections.some((one) => one.what === "messages" && one.attacker === index),
  );
}
