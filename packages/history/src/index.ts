export { checkHistory, type CheckOptions, DEFAULT_STEPS } from "./check/check-history.ts";
export type {
  HistoryVerdict,
  Method,
  ObjectVerdict,
  ValidPrefix,
  Verdict,
  Violation,
} from "./check/verdict.ts";
export type { Header } from "./format/header.ts";
export { type FaultCode, faultCodes, type LineFault } from "./format/history-fault.ts";
export { HistoryReader, readHistory, type ReadResult } from "./format/history-reader.ts";
export { headerLine, writeHistory } from "./format/write-line.ts";
export {
  type Call,
  type History,
  type ModelName,
  modelNames,
  type Operation,
  type Settings,
} from "./history.ts";
export type { MutexOperation } from "./models/mutex.ts";
export type { RegisterOperation, RegisterValue } from "./models/register.ts";
export type { Sell, SoldTickets, TicketPoolOperation } from "./models/ticket-pool-operation.ts";
export {
  type CallDetails,
  HistoryRecorder,
  type RecordedCall,
  type RecorderOptions,
} from "./recorder.ts";
export { timelineHtml } from "./timeline/timeline-html.ts";
