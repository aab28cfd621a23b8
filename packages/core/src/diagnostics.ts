/**
 * Waymark's messages about itself. Faults at run time never reach the application: each is counted under a reason. The first
 * of a kind is reported at once, the rest at intervals with their number.
 */

import { channel } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isNativeError } from 'node:util/types';
import { longestTimerMs } from './longest-timer.ts';
import { toPrintable } from './printable-text.ts';
import { toText } from './to-text.ts';

export type LogLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';

/** A kind of fault. Its message says what happened, and what to do where that is known. */
export type DiagnosticReason = keyof typeof reasons;

const reasons = {
  'invalid-attribute':
    'attributes, or parts of them, were left out: a value must be a string, number, boolean, bigint of 64 bits, bytes, null, or a plain object or an array of these; copy what you need of an instance of a class: { id: user.id }',
  'invalid-options': 'span options were left out: they must be an object such as { kind, attributes }',
  'invalid-link': 'links without a valid span context were left out',
  'invalid-parent': 'parents were ignored: they must be a span, a context or a span context; a new trace was started',
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
  'export-warning': 'the collector accepted the spans, with a warning',
  'span-dropped': 'spans were dropped',
  'spool-failed': 'the spool cannot be used, so spans are kept in memory for now',
  'spool-full': 'the spool has no room, so spans are kept in memory',
  'spool-damaged': 'spans in the spool were damaged, and left out',
  'export-partial': 'the collector rejected some of the spans it was sent',
  'inject-failed': 'trace headers could not be added to an outbound request',
  'instrumentation-failed': 'the instrumentation failed inside; the request itself was not touched',
  'not-instrumented': 'a function of Node cannot be replaced, so some outbound calls are not traced as they should be',
  'drop-too-late':
    'spans were not dropped, because a child or a header with their id had left already; drop them in onStart',
  'message-unsettled':
    'the spans of messages were ended without an acknowledgement, after 30 minutes or since there were 10,000 of them; acknowledge each message, or consume with noAck',
  'hook-failed': 'a function passed to Waymark threw, and its result was ignored',
} as const;

/** Losses. A process reports how many there were before it ends. */
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
  /** The least severe level that is written; `none` to write nothing. Default `info`. */
  readonly level?: LogLevel;
  /** Takes a line without its line end. Default: standard error. */
  readonly write?: (line: string) => void;
  /** Least time between two reports of one reason, in milliseconds. Default 30,000. */
  readonly intervalMs?: number;
  /** A clock that never goes back. Default: the system's. */
  readonly monotonicMs?: () => number;
  /** Runs a function outside the current request, so that a timer does not keep the request in memory. Default: calls it. */
  readonly runOutside?: (fn: () => void) => void;
}

/** A message on the channel `waymark.diagnostics`. It is published whatever the level. */
export interface DiagnosticsMessage {
  /** How much it matters: `warn` for a fault. */
  readonly level: 'warn' | 'info' | 'debug';
  /** The line as it is logged, without the prefix. */
  readonly message: string;
  /** The kind of a fault, such as `export-retried`; absent in messages that come once. */
  readonly reason?: DiagnosticReason;
  /** The number of such faults so far. */
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

  function report(entry: Entry): void {
    const { reason, total, reported, detail } = entry;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    entry.reported = total;
    entry.nextReportMs = monotonicMs() + intervalMs;
    const times = reported > 0 ? ` (${total - reported} more, ${total} in all)` : total > 1 ? ` (${total} in all)` : '';
    say('warn', `${reasons[reason]}${detail}${times}`, { reason, count: total });
  }

  /** Schedules a report, or the size of a burst would never be reported. */
  function reportLater(entry: Entry, delayMs: number): void {
    runOutside(() => {
      entry.timer = setTimeout(report, Math.min(delayMs, longestTimerMs), entry).unref();
    });
  }

  return {
    count(reason, detail, times = 1) {
      let entry = seen.get(reason);
      if (entry === undefined) {
        entry = { reason, total: 0, reported: 0, nextReportMs: Number.NEGATIVE_INFINITY, detail: '', timer: undefined };
        seen.set(reason, entry);
      }
      entry.total += times;
      const waitMs = entry.nextReportMs - monotonicMs();
      // A detail that waits is kept only if it is a string: it costs next to nothing, and keeps no object in memory.
      if (waitMs <= 0) entry.detail = detail === undefined ? '' : `: ${describeDetail(detail)}`;
      else if (typeof detail === 'string') entry.detail = `: ${cut(detail)}`;
      if (waitMs <= 0) report(entry);
      else if (entry.timer === undefined) reportLater(entry, waitMs);
    },
    reportLosses() {
      for (const entry of seen.values()) {
        if (losses.includes(entry.reason) && entry.total > entry.reported) report(entry);
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
  reported: number;
  nextReportMs: number;
  /** The detail of the last fault, as it is reported. */
  detail: string;
  /** Set while faults wait for their report. */
  timer: NodeJS.Timeout | undefined;
}

// Longer details are stacks and bodies: their beginning says enough.
const maxDetailLength = 500;

function describeDetail(detail: unknown): string {
  return cut(isNativeError(detail) ? describeError(detail) : toText(detail));
}

function cut(text: string): string {
  return text.length > maxDetailLength ? `${text.slice(0, maxDetailLength)}…` : text;
}

function describeError(error: Error): string {
  try {
    const { code } = error as { code?: unknown }; // Node's errors have a code; it is checked before it is used
    return typeof code === 'string' && !error.message.includes(code) ? `${code} ${error.message}` : error.message;
  } catch {
    return 'an error that cannot be described'; // a getter that throws
  }
}

const standardError = 2;

function writeToStandardError(line: string): void {
  // Not through process.stderr: if the file is closed, that emits an 'error' event later, which has no listener and ends the
  // process. writeSync() throws at once, where the caller catches it.
  writeSync(standardError, `${line}\n`);
}
