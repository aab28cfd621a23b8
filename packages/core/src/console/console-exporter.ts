/** The console exporter: shows each trace as a tree when it is complete, to people who develop. */
import type { Diagnostics } from '../diagnostics.ts';
import type { ExporterHost, SpanExporter } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { readSpan, type SpanData } from '../span-data.ts';
import { groupBy } from './group-by.ts';
import { renderTrace } from './render-trace.ts';

export interface ConsoleExporterOptions {
  /** Takes whole lines, with their line ends. Default: standard output. */
  readonly write?: (text: string) => void;
  /** Default: whether standard output is a terminal; `NO_COLOR` and `FORCE_COLOR` are heeded. */
  readonly colors?: boolean;
}

/** Spans of one trace that wait for the span above them, which still runs. */
interface PendingTrace {
  readonly spans: SpanData[];
  readonly timer: NodeJS.Timeout;
}

// Longer than most requests take; what runs longer is shown piece by piece.
const patienceMs = 30_000;

// A service that calls itself has the span above in this process, which ends when it has read the answer's head.
const callerMs = 100;

// Only bounds on memory: more than anybody will read.
const maxPendingSpans = 10_000;
const maxRememberedIds = 10_000;

/**
 * Prints a trace when the first span that it has in this process ends, with all spans below that one; where that span was called
 * from elsewhere, a tenth of a second later, as the caller may be this process. A span that ends later than the one above it is
 * printed by itself, and said to be late.
 *
 * @example
 * createTracer({ serviceName: 'orders', exporter: [otlpExporter(), consoleExporter()] });
 */
export function consoleExporter({
  write = writeToStandardOutput,
  colors = write === writeToStandardOutput && wantsColors(),
}: ConsoleExporterOptions = {}): SpanExporter {
  const pendingTraces = new Map<string, PendingTrace>();
  let pendingCount = 0;
  /** Spans that have been printed, so that nobody waits for them. */
  const printedIds = new Set<string>();
  let printedCount = 0;
  const dropped: Record<string, number> = {};
  let users = 0;
  let isShutDown = false;
  let diagnostics: Diagnostics | undefined;
  let untraced: ExporterHost['untraced'] = (fn) => fn();

  function exportSpan(recording: RecordingSpan): void {
    if (isShutDown) {
      drop('after-shutdown', 1);
      return;
    }
    const span = readSpan(recording);
    hold(span);
    const { traceId, parentSpanId, parentIsRemote } = span;
    const isLate = parentSpanId !== undefined && printedIds.has(parentSpanId);
    if (parentSpanId === undefined || isLate) {
      printBelow(span, isLate);
      return;
    }
    if (parentIsRemote) untraced(() => setTimeout(afterReading, callerMs, span).unref());
    if (pendingCount > maxPendingSpans) printPending(firstOf(pendingTraces.keys()) ?? traceId);
  }

  function hold(span: SpanData): void {
    const { traceId } = span;
    let trace = pendingTraces.get(traceId);
    if (trace === undefined) {
      // Untraced, since a timer remembers the context that it is made in, which is some request's.
      const timer = untraced(() => setTimeout(printPending, patienceMs, traceId).unref());
      trace = { spans: [], timer };
      pendingTraces.set(traceId, trace);
    }
    trace.spans.push(span);
    pendingCount++;
  }

  /** Hands over what a trace has waiting. */
  function release(traceId: string): readonly SpanData[] {
    const trace = pendingTraces.get(traceId);
    if (trace === undefined) return [];
    clearTimeout(trace.timer);
    pendingTraces.delete(traceId);
    pendingCount -= trace.spans.length;
    return trace.spans;
  }

  /** Where the process was busy until now, the answer waits to be read. */
  function afterReading(top: SpanData): void {
    setImmediate(printUnlessCalledHere, top).unref();
  }

  function printUnlessCalledHere(top: SpanData): void {
    const spans = pendingTraces.get(top.traceId)?.spans;
    const isWaiting = spans?.includes(top) === true;
    if (isWaiting && !spans.some(({ spanId }) => spanId === top.parentSpanId)) printBelow(top, false);
  }

  function printBelow(top: SpanData, isLate: boolean): void {
    const all = release(top.traceId);
    const childrenOf = groupBy(all, ({ parentSpanId = '' }) => parentSpanId);
    const below = new Set([top]);
    // A set is walked to its end, also where that moves.
    for (const { spanId } of below) for (const child of childrenOf.get(spanId) ?? []) below.add(child);
    // The others are below a span that still runs: another request in the same trace.
    for (const span of all) if (!below.has(span)) hold(span);
    print([...below], isLate);
  }

  function printPending(traceId: string): void {
    print(release(traceId));
  }

  function print(spans: readonly SpanData[], isLate = false): void {
    if (spans.length === 0) return;
    for (const { spanId } of spans) remember(spanId);
    try {
      const text = renderTrace(spans, { colors, width: lineWidth() });
      write(`${isLate ? text.replace('\n', ', late: the span above it had ended\n') : text}\n`);
      printedCount += spans.length;
    } catch (error) {
      drop('write-failed', spans.length);
      diagnostics?.count('export-failed', error);
    }
  }

  function remember(spanId: string): void {
    if (printedIds.size >= maxRememberedIds) printedIds.delete(firstOf(printedIds) as string); // not empty
    printedIds.add(spanId);
  }

  function drop(reason: string, spanCount: number): void {
    dropped[reason] = (dropped[reason] ?? 0) + spanCount;
  }

  async function flush(): Promise<void> {
    for (const traceId of [...pendingTraces.keys()]) printPending(traceId);
  }

  return {
    name: 'console',
    destination: write === writeToStandardOutput ? 'standard output' : 'code of the application',
    start(host) {
      ({ diagnostics, untraced } = host);
      users++;
      isShutDown = false;
    },
    export: exportSpan,
    flush,
    shutdown() {
      users--;
      isShutDown = users <= 0; // tracers may share the exporter: the last one closes it
      return flush();
    },
    stats: () => ({ exported: printedCount, waiting: pendingCount, dropped: { ...dropped } }),
  };
}

function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item;
  return undefined;
}

function writeToStandardOutput(text: string): void {
  process.stdout.write(text);
}

/** @see https://no-color.org and https://force-color.org */
function wantsColors(): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return !NO_COLOR && TERM !== 'dumb' && process.stdout.isTTY === true;
}

// Longer lines are hard to follow with the eye.
const maxLineWidth = 120;

function lineWidth(): number {
  return Math.min(process.stdout.columns ?? 100, maxLineWidth);
}
