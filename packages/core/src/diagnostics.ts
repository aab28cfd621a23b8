/**
 * What Waymark has to say about itself. Faults at run time never reach the application: each is counted under a reason, the
 * first of a kind is told at once, the rest at intervals with their number.
 */

import { channel } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isNativeError } from 'node:util/types';
import { longestTimerMs } from './longest-timer.ts';
import { toPrintable } from './printable-text.ts';
import { toText } from './to-text.ts';

export type LogLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';

/** A kind of fault. The text is what the developer reads; it says what to do where something can be done. */
export type DiagnosticReason = keyof typeof reasons;

const reasons = {
  'invalid-attribute':
    'attributes were left out that are no string, number, boolean, bigint of 64 bits, bytes, or array of one kind; give the parts of an object one by one, or JSON.stringify() it',
  'invalid-options': 'span options were left out: they must be an object such as { kind, attributes }',
  'invalid-link': 'links without a valid span context were left out',
  'invalid-parent': 'parents that are no span, context or span context were ignored; a new trace was started',
  'unknown-span-option': 'span options that do not exist were ignored',
  'invalid-id': 'ids from idGenerator that are not lower-case hex of the right length were replaced by random ones',
  'invalid-baggage':
    'baggage entries were left out: a key must be a token (letters, digits, no spaces), and a value a string',
  'no-context': 'baggage was set outside any context and is lost; use withBaggage()',
  'sampler-failed': 'the sampler threw, so the span was not sampled',
  'propagator-failed': 'a propagator threw; the request went on without its header',
  'exporter-failed': 'an exporter threw, and lost the span',
  'export-failed': 'spans could not be delivered',
  'export-retried': 'sending spans failed, and will be tried again',
  'export-warning': 'the collector took the spans, and has something to say about them',
  'span-dropped': 'spans were dropped',
  'spool-failed': 'the spool cannot be used, so spans are kept in memory for now',
  'spool-full': 'the spool has no room, so spans are kept in memory',
  'spool-damaged': 'spans in the spool were damaged, and left out',
  'export-partial': 'the collector rejected some of the spans it was sent',
  'inject-failed': 'trace headers could not be added to an outbound request',
  'instrumentation-failed': 'the instrumentation failed inside; the request itself was not touched',
  'not-instrumented': 'a function of Node cannot be replaced, so some outbound calls are not traced as they should be',
  'hook-failed': 'a function given to Waymark threw; its answer was taken as none',
} as const;

/** Those that a process should not end without having told in full. */
const losses: readonly DiagnosticReason[] = [
  'exporter-failed',
  'export-failed',
  'export-partial',
  'span-dropped',
  'spool-damaged',
];

/** Where exporters and adapters report what happens to them. Never throws. */
export interface Diagnostics {
  /** Counts a fault, or several that come together. Reports the first of a kind at once, the rest at intervals. */
  count(reason: DiagnosticReason, detail?: unknown, times?: number): void;
  /** Reports something that happens once, such as a setting that was ignored. */
  note(level: 'warn' | 'info' | 'debug', message: string): void;
}

/** What the tracer needs beyond that. */
export interface InternalDiagnostics extends Diagnostics {
  /** Reports losses that have not been reported yet: the process ends, or the tracer does. */
  reportLosses(): void;
  /** Whether messages of this level are written, or a subscriber of the channel receives them. */
  isHeard(level: 'warn' | 'info' | 'debug'): boolean;
  /** Faults so far, by reason. */
  counts(): Readonly<Record<string, number>>;
}

export interface DiagnosticsOptions {
  /** Least severe level that is written; `none` to be silent. Default `info`. */
  readonly level?: LogLevel;
  /** Takes a line without its line end. Default: standard error. */
  readonly write?: (line: string) => void;
  /** Least time between two reports of one reason, in milliseconds. Default 30,000. */
  readonly intervalMs?: number;
  /** A clock that never goes back. Default: the system's. */
  readonly monotonicMs?: () => number;
  /** Runs a function outside the request that reports: a timer that starts in it holds the request's context. Default: runs it where it is. */
  readonly runOutside?: (fn: () => void) => void;
}

/** What is published on the channel `waymark.diagnostics`, also where nothing is written. */
export interface DiagnosticsMessage {
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
  /** Of a fault, such as `export-retried`; absent for what happens once. */
  readonly reason?: DiagnosticReason;
  /** How often there was that fault so far. */
  readonly count?: number;
}

const diagnosticsChannel = channel('waymark.diagnostics');

const levels: readonly LogLevel[] = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'];

export function createDiagnostics({
  level = 'info',
  write = writeToStandardError,
  intervalMs = 30_000,
  monotonicMs = () => performance.now(),
  runOutside = (fn) => fn(),
}: DiagnosticsOptions = {}): InternalDiagnostics {
  const threshold = levels.indexOf(level);
  const seen = new Map<DiagnosticReason, Entry>();

  function say(at: DiagnosticsMessage['level'], message: string, more: Partial<DiagnosticsMessage>): void {
    try {
      const published: DiagnosticsMessage = { level: at, message, ...more };
      if (diagnosticsChannel.hasSubscribers) diagnosticsChannel.publish(published);
      if (levels.indexOf(at) <= threshold) write(`waymark ${at}: ${toPrintable(message)}`);
    } catch {
      // A closed standard error or a failing writer must not fail the request that wanted to report.
    }
  }

  function tell(entry: Entry): void {
    const { reason, total, told, detail } = entry;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    entry.told = total;
    entry.nextReportMs = monotonicMs() + intervalMs;
    const times = told > 0 ? ` (${total - told} more, ${total} in all)` : total > 1 ? ` (${total} in all)` : '';
    say('warn', `${reasons[reason]}${detail}${times}`, { reason, count: total });
  }

  /** Or nobody would hear how many there were of those that came in one moment. */
  function tellLater(entry: Entry, delayMs: number): void {
    runOutside(() => {
      entry.timer = setTimeout(tell, Math.min(delayMs, longestTimerMs), entry).unref();
    });
  }

  return {
    count(reason, detail, times = 1) {
      let entry = seen.get(reason);
      if (entry === undefined) {
        entry = { reason, total: 0, told: 0, nextReportMs: Number.NEGATIVE_INFINITY, detail: '', timer: undefined };
        seen.set(reason, entry);
      }
      entry.total += times;
      const waitMs = entry.nextReportMs - monotonicMs();
      // What is told later keeps nothing but text, and costs next to nothing to be kept.
      if (waitMs <= 0) entry.detail = detail === undefined ? '' : `: ${describeDetail(detail)}`;
      else if (typeof detail === 'string') entry.detail = `: ${cut(detail)}`;
      if (waitMs <= 0) tell(entry);
      else if (entry.timer === undefined) tellLater(entry, waitMs);
    },
    reportLosses() {
      for (const entry of seen.values()) {
        if (losses.includes(entry.reason) && entry.total > entry.told) tell(entry);
      }
    },
    note(at, message) {
      say(at, message, {});
    },
    isHeard: (at) => diagnosticsChannel.hasSubscribers || levels.indexOf(at) <= threshold,
    counts() {
      return Object.fromEntries([...seen].map(([reason, { total }]) => [reason, total]));
    },
  };
}

interface Entry {
  readonly reason: DiagnosticReason;
  total: number;
  told: number;
  nextReportMs: number;
  /** Of the last fault, as it is told. */
  detail: string;
  /** There while some are untold. */
  timer: NodeJS.Timeout | undefined;
}

// Longer ones are stacks, bodies and the like, whose beginning says what they are.
const maxDetailLength = 500;

function describeDetail(detail: unknown): string {
  return cut(isNativeError(detail) ? describeError(detail) : toText(detail));
}

function cut(text: string): string {
  return text.length > maxDetailLength ? `${text.slice(0, maxDetailLength)}…` : text;
}

function describeError(error: Error): string {
  try {
    const { code } = error as { code?: unknown }; // Node's errors carry one; checked on the next line
    return typeof code === 'string' && !error.message.includes(code) ? `${code} ${error.message}` : error.message;
  } catch {
    return 'an error that cannot be described'; // a getter of its own that throws
  }
}

const standardError = 2;

function writeToStandardError(line: string): void {
  // To the file itself: where it has been closed, process.stderr has an 'error' event later, which nobody listens for and the
  // process ends of, while this throws at once, to where it is expected.
  writeSync(standardError, `${line}\n`);
}
