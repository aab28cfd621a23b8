/** The console exporter: prints each trace as a tree when it is complete, for development. */
import type { Diagnostics } from '../diagnostics.ts';
import type { ExporterHost, SpanExporter } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { readSpan, type SpanData } from '../span-data.ts';
import { groupBy } from './group-by.ts';
import { renderTrace } from './render-trace.ts';

/** Where {@link consoleExporter} writes, and how. */
export interface ConsoleExporterOptions {
  /** Called with whole lines, with their line ends. Default: standard output. */
  readonly write?: (text: string) => void;
  /** Default: whether standard output is a terminal. `NO_COLOR` and `FORCE_COLOR` override that. */
  readonly colors?: boolean;
}

/** Spans of one trace that wait until their parent ends. */
interface PendingTrace {
  readonly spans: SpanData[];
  readonly timer: NodeJS.Timeout;
}

// Longer than most requests take. Longer traces are printed in pieces.
const maxWaitMs = 30_000;

// If a service calls itself, the parent is in this process too. It ends when it has read the head of the answer.
const callerMs = 100;

// These only bound the memory. They are more than people read.
const maxPendingSpans = 10_000;
const maxRememberedIds = 10_000;

/**
 * Prints a trace when its first span in this process ends, with all spans below it. If that span has a remote parent, it is printed a
 * tenth of a second later, as the caller may be this process. A span that ends after its parent is printed alone, and marked as
 * late.
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
  /** Spans that have been printed: their children do not wait for them. */
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
      // A timer keeps the context in which it is made, which is some request's. Untraced, it keeps none.
      const timer = untraced(() => setTimeout(printPending, maxWaitMs, traceId).unref());
      trace = { spans: [], timer };
      pendingTraces.set(traceId, trace);
    }
    trace.spans.push(span);
    pendingCount++;
  }

  /** Removes and returns the waiting spans of a trace. */
  function release(traceId: string): readonly SpanData[] {
    const trace = pendingTraces.get(traceId);
    if (trace === undefined) return [];
    clearTimeout(trace.timer);
    pendingTraces.delete(traceId);
    pendingCount -= trace.spans.length;
    return trace.spans;
  }

  /** A process that was busy until now has to read the answer first. */
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
    // Iterating over a set includes elements that are added meanwhile.
    for (const { spanId } of below) for (const child of childrenOf.get(spanId) ?? []) below.add(child);
    // The other spans are below a span that still runs: another request in the same trace.
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
      write(`${isLate ? text.replace('\n', ', late: its parent had ended\n') : text}\n`);
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
      isShutDown = users <= 0; // tracers may share the exporter, and the last one closes it
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

// Longer lines are hard to read.
const maxLineWidth = 120;

function lineWidth(): number {
  return Math.min(process.stdout.columns ?? 100, maxLineWidth);
}
