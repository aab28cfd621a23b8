/**
 * An exporter of OpenTelemetry's SDK as one of a tracer's exporters. Spans wait in a bounded queue and are handed over in batches, as by
 * OpenTelemetry's `BatchSpanProcessor`: an exporter makes one request of each call.
 *
 * Each span is counted exactly once at any moment: as waiting, exported or dropped.
 */
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'; // not the global ones, which a test may fake
import type { ExporterHealth, ExporterHost, ExporterStats, SaveOptions, SpanExporter } from '../exporter.ts';
import { nameOfExporter } from '../exporter-option.ts';
import type { OpenTelemetryReadableSpan, OpenTelemetrySpanExporter } from '../open-telemetry-types.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Environment } from '../settings/setting.ts';
import { callExport, type ExportOutcome } from './call-export.ts';
import { resolveExportSettings } from './export-settings.ts';
import { toReadableView } from './readable-view.ts';
import { suppressTracing } from './suppress-tracing.ts';
import { withinTime } from './within-time.ts';

// Read once: an export may outlast the test file that it began in, and Jest removes that file's Date.
const { now } = Date;

/** Spans that are being exported. */
interface Batch {
  /** The number of spans that were taken before the first of these. */
  readonly first: number;
  readonly size: number;
}

const adapted = new WeakMap<OpenTelemetrySpanExporter, SpanExporter>();

/**
 * Tracers that are given the same exporter share its queue. The last of them to shut down closes it.
 *
 * @public Loaded by `require()`, in create-tracer.ts.
 */
export function adaptSpanExporter(
  exporter: OpenTelemetrySpanExporter,
  options: { readonly env: Environment | undefined },
): SpanExporter {
  const known = adapted.get(exporter);
  if (known !== undefined) return known;
  const made = makeAdapter(exporter, options.env);
  adapted.set(exporter, made);
  return made;
}

function makeAdapter(exporter: OpenTelemetrySpanExporter, env: Environment | undefined): SpanExporter {
  const settings = resolveExportSettings(env);
  const { maxQueueSize, maxExportBatchSize, scheduleDelayMs, exportTimeoutMs } = settings;
  const name = nameOfExporter(exporter);
  const queue: OpenTelemetryReadableSpan[] = [];
  const underWay = new Set<Batch>();
  const waiters = new Set<{ readonly until: number; readonly resolve: () => void }>();
  const dropped: Record<string, number> = {};
  let exported = 0;
  let lastError: ExporterStats['lastError'];
  /** Spans that have been put into the queue, or that were in it. */
  let taken = 0;
  /** Of these, how many need not wait for a full batch. */
  let due = 0;
  let timer: NodeJS.Timeout | undefined;
  let isSendDue = false;
  let isSending = false;
  let users = 0;
  let isShutDown = false;
  let host: ExporterHost | undefined;

  /** Outside the context of a request, which a timer would keep in memory. */
  function outside<Result>(fn: () => Result): Result {
    return host === undefined ? fn() : host.untraced(fn);
  }

  /** The exporter's requests are traced neither by Waymark nor by instrumentations of OpenTelemetry. */
  function untraced<Result>(fn: () => Result): Result {
    return outside(() => suppressTracing(fn));
  }

  function start(given: ExporterHost): void {
    users++;
    isShutDown = false;
    if (host === undefined) for (const warning of settings.warnings) given.diagnostics.note('warn', warning);
    host ??= given;
  }

  function exportSpan(span: RecordingSpan): void {
    if (isShutDown) {
      dropOne('after-shutdown');
    } else if (waitingCount() >= maxQueueSize) {
      dropOne('queue-full');
    } else {
      queue.push(toReadableView(span));
      taken++;
      if (queue.length >= maxExportBatchSize) sendSoon();
      else timer ??= outside(() => setTimeout(sendAll, scheduleDelayMs).unref());
    }
  }

  function waitingCount(): number {
    let count = queue.length;
    for (const { size } of underWay) count += size;
    return count;
  }

  /** Not inside the `end()` of a span: an exporter encodes its batch at once. */
  function sendSoon(): void {
    if (isSendDue) return;
    isSendDue = true;
    outside(() => setImmediate(send));
  }

  function sendAll(): void {
    clearTimeout(timer);
    timer = undefined;
    due = taken;
    send();
  }

  /** Hands over what is due, one batch after the other. */
  function send(): void {
    isSendDue = false;
    if (isSending) return; // the exporter has called back at once, and the loop goes on
    isSending = true;
    while (underWay.size === 0 && (queue.length >= maxExportBatchSize || (queue.length > 0 && firstInQueue() < due))) {
      handOver();
    }
    isSending = false;
  }

  function firstInQueue(): number {
    return taken - queue.length;
  }

  function handOver(): void {
    const first = firstInQueue();
    const spans = queue.splice(0, maxExportBatchSize);
    const batch: Batch = { first, size: spans.length };
    underWay.add(batch);
    outside(() =>
      callExport(exporter, spans, { untraced, timeoutMs: exportTimeoutMs }, (outcome) => {
        underWay.delete(batch);
        settle(batch, outcome);
        releaseWaiters();
        send();
      }),
    );
  }

  function settle({ size }: Batch, outcome: ExportOutcome): void {
    if (outcome.isExported) {
      exported += size;
      return;
    }
    const { reason, message } = outcome;
    lastError = { message, timeMs: now() };
    dropped[reason] = (dropped[reason] ?? 0) + size;
    const fault = reason === 'exporter-failed' ? 'exporter-failed' : 'export-failed';
    host?.diagnostics.count(fault, `${name}: ${message}`);
  }

  function dropOne(reason: string): void {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
    host?.diagnostics.count('span-dropped', reason);
  }

  function releaseWaiters(): void {
    for (const waiter of waiters) {
      if (!isSettled(waiter.until)) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Whether the first spans that were taken, up to a number, have been exported or dropped. */
  function isSettled(until: number): boolean {
    if (firstInQueue() < until) return false;
    for (const { first } of underWay) if (first < until) return false;
    return true;
  }

  async function drain(): Promise<void> {
    const until = taken;
    sendAll();
    if (isSettled(until)) return;
    await new Promise<void>((resolve) => waiters.add({ until, resolve }));
  }

  async function flush(): Promise<void> {
    await drain();
    await withinTime(`${name}.forceFlush()`, exportTimeoutMs, () => untraced(() => exporter.forceFlush?.()));
  }

  async function shutdown(): Promise<void> {
    users--;
    if (users > 0) return flush(); // the last tracer closes it
    isShutDown = true;
    await drain();
    if (!isShutDown) return; // a tracer was made with it meanwhile
    await withinTime(`${name}.shutdown()`, exportTimeoutMs, () => untraced(() => exporter.shutdown()));
  }

  /** An exporter that writes at once, such as one for the console, delivers these yet. Another has no time to. */
  function save({ isLast }: SaveOptions): void {
    while (queue.length > 0) handOver();
    isShutDown ||= isLast;
  }

  /** Past the queue and the statistics. */
  async function healthCheck(
    span: RecordingSpan,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Omit<ExporterHealth, 'name' | 'durationMs'>> {
    const view = toReadableView(span);
    const ended = { ...view, endTime: view.startTime, duration: [0, 0] as [number, number], ended: true };
    const outcome = await new Promise<ExportOutcome>((resolve) => {
      outside(() => callExport(exporter, [ended], { untraced, timeoutMs }, resolve));
    });
    if (!outcome.isExported) return { ok: false, message: outcome.message, remedy };
    try {
      // It may have a queue.
      await withinTime(`${name}.forceFlush()`, timeoutMs, () => untraced(() => exporter.forceFlush?.()));
    } catch (error) {
      return { ok: false, message: (error as Error).message, remedy }; // withinTime() throws nothing else
    }
    return { ok: true, message: 'the exporter has reported that it exported a span' };
  }

  const remedy = 'Its address and its credentials are in its own options and variables.';

  return {
    name,
    destination: '(OpenTelemetry)',
    origins: settings.origins,
    start,
    export: exportSpan,
    flush,
    shutdown,
    save,
    healthCheck,
    stats: () => ({ exported, waiting: waitingCount(), dropped: { ...dropped }, lastError }),
  };
}
