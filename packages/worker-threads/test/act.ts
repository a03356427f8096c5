import type { Handle, Order } from "@ticketlock/core";

export type Way = "sync" | "async" | "mixed";
export type End = "process.exit" | "throw" | "return";

/** What a worker of these tests does, and with what. */
export type Act =
  | {
      readonly act: "count";
      readonly mutex: Handle;
      readonly counter: SharedArrayBuffer;
      readonly rounds: number;
      readonly way: Way;
    }
  | { readonly act: "open often"; readonly mutex: Handle; readonly openings: number }
  | {
      readonly act: "hold until";
      readonly mutex: Handle;
      readonly waiters: number;
      readonly end: End | "release" | "sleep";
    }
  | { readonly act: "start and terminate"; readonly held: Act; readonly mutex: Handle }
  | { readonly act: "take once"; readonly mutex: Handle; readonly way: Way }
  | {
      readonly act: "send";
      readonly queue: Handle;
      readonly name: string;
      readonly count: number;
      readonly end: End | "close" | "sleep";
    }
  | {
      readonly act: "receive";
      readonly queue: Handle;
      readonly count: number;
      readonly end: End | "close";
    }
  | {
      readonly act: "meet";
      readonly barrier: Handle;
      readonly times: number;
      readonly come: SharedArrayBuffer;
      readonly end: End | "close";
    }
  | { readonly act: "sell"; readonly store: Handle; readonly orders: readonly Order[] };

/** A limit against a hang; nothing here is expected to take so long. */
export const LIMIT_MS = 20_000;
