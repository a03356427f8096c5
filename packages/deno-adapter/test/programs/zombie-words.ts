import type { Handle } from "@ticketlock/core";

/** Words in which a zombie says what it has done; it is asleep on the first. */
export const GATE = 0;
/** 1: it has opened the lock; 2: it is inside its section. */
export const INSIDE = 1;
export const GRANTED = 2;
/** It has run JavaScript after its end was told. */
export const RAN_ON = 3;
export const ACCEPTED = 4;
export const REFUSED = 5;

export interface ZombieStart {
  readonly mutex: Handle;
  readonly store: Handle;
  readonly gate: SharedArrayBuffer;
  /** It stands in its section, else in line. */
  readonly holds: boolean;
}

/** What came of many trials. */
export interface ZombieCounts {
  readonly trials: number;
  /** Workers that ran JavaScript after their end had been told. */
  readonly ranOn: number;
  /** Of these, those whose commit or acquisition was refused. */
  readonly refused: number;
  readonly staleCommitsAccepted: number;
  /** Grants to a waiter after its end had been told, or beside a holder. */
  readonly secondGrants: number;
}
