/** The exporters of one tracer. Each call goes to all of them, and an error in one does not reach the others. */
import type { Diagnostics } from './diagnostics.ts';
import type { FlushReport, HealthReport, SaveOptions, SpanExporter } from './exporter.ts';
import { callExporter, containPromise, readExporterStats } from './exporter-calls.ts';
import { checkHealth } from './health.ts';
import { longestTimerMs } from './longest-timer.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { SettingOrigin } from './settings/resolve-settings.ts';
import type { TracerStats } from './tracer.ts';
import { untraced } from './untraced.ts';

/** The part of a tracer's statistics that its exporters know. */
export type ExportStats = Omit<TracerStats, 'started' | 'ended' | 'notSampled' | 'droppedByHook' | 'diagnostics'>;

/** No method throws or rejects. */
export interface ExporterGroup {
  export(span: RecordingSpan): void;
  /** Resolves when all exported spans have been delivered or counted as lost, or when the time is up. */
  flush(timeoutMs: number): Promise<FlushReport>;
  /** Like `flush`, and releases the exporters. What is not delivered in time is saved, where that is possible. */
  shutdown(timeoutMs: number): Promise<FlushReport>;
  /** @param heldCount Ended spans that the tracer has not exported yet: they wait, too. */
  stats(heldCount?: number): ExportStats;
  /** Sends `span` to each receiver, past the queues and the statistics. */
  checkHealth(span: RecordingSpan, timeoutMs: number): Promise<HealthReport>;
  /** The settings in force, named after their exporters: `otlp.url`. */
  origins(): readonly SettingOrigin[];
  /** Ends requests under way, so that they do not keep the process. */
  cut(): void;
  /** Puts what waits where it survives the process. */
  save(options: SaveOptions): void;
}

export function createExporterGroup(exporters: readonly SpanExporter[], diagnostics: Diagnostics): ExporterGroup {
  /** Spans that an exporter lost by throwing, or that no exporter took. */
  let unexported = 0;
  callEach((exporter) => exporter.start?.({ diagnostics, untraced }));
  /** What the reports of flushes contain so far. An exporter that tracers share has some already. */
  let reported = stats();

  function callEach(call: (exporter: SpanExporter) => void): void {
    for (const exporter of exporters) callExporter(() => call(exporter), diagnostics);
  }

  function exportSpan(span: RecordingSpan): void {
    if (exporters.length === 0) unexported++;
    for (const exporter of exporters) {
      try {
        const returned: unknown = exporter.export(span);
        if (returned !== undefined) containPromise(returned, () => unexported++, diagnostics);
      } catch (error) {
        unexported++;
        diagnostics.count('exporter-failed', error);
      }
    }
  }

  function stats(heldCount = 0): ExportStats {
    const each = exporters.map((exporter) => {
      const known = readExporterStats(exporter, diagnostics);
      return { name: exporter.name, ...known, waiting: known.waiting + heldCount };
    });
    const dropped: Record<string, number> = {};
    if (unexported > 0) dropped[exporters.length === 0 ? 'no-exporter' : 'exporter-failed'] = unexported;
    for (const exporter of each) {
      for (const [reason, count] of Object.entries(exporter.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    const errors = each.flatMap(({ lastError }) => lastError ?? []);
    return {
      exported: sum(each.map(({ exported }) => exported)),
      waiting: exporters.length === 0 ? heldCount : sum(each.map(({ waiting }) => waiting)),
      spooled: sum(each.map(({ spooled = 0 }) => spooled)),
      dropped,
      replayed: sum(each.map(({ replay }) => replay?.delivered ?? 0)),
      lastExportError: errors.sort((one, other) => other.timeMs - one.timeMs)[0],
      exporters: each,
    };
  }

  async function drain(
    call: (exporter: SpanExporter) => Promise<void> | undefined,
    timeoutMs: number,
    onTimeUp?: () => void,
  ): Promise<FlushReport> {
    const before = reported; // read now: flushes that run side by side report the same spans
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      // Not unref'ed: the caller awaits this.
      timer = setTimeout(resolve, Math.min(timeoutMs, longestTimerMs));
    });
    let areSettled = true;
    const all = exporters.map(async (exporter) => {
      areSettled = (await settled(call, exporter, diagnostics)) && areSettled;
    });
    const drained = Promise.all(all).then(() => true);
    const isInTime = await Promise.race([drained, timeUp]);
    clearTimeout(timer);
    if (isInTime !== true && onTimeUp !== undefined) {
      onTimeUp();
      // An exporter that has saved everything is done within one turn of the event loop.
      await Promise.race([drained, new Promise(setImmediate)]);
    }
    reported = stats();
    return reportOf(before, reported, areSettled);
  }

  function save(options: SaveOptions): void {
    callEach((exporter) => exporter.save?.(options));
  }

  return {
    export: exportSpan,
    flush: (timeoutMs) => drain((exporter) => exporter.flush?.(), timeoutMs),
    shutdown: (timeoutMs) =>
      drain(
        (exporter) => (exporter.shutdown ?? exporter.flush)?.call(exporter),
        timeoutMs,
        () => save({ isLast: false }),
      ),
    stats,
    checkHealth: (span, timeoutMs) => checkHealth(exporters, span, timeoutMs),
    origins: () => exporters.flatMap((exporter) => callExporter(() => originsOf(exporter), diagnostics) ?? []),
    cut: () => callEach((exporter) => exporter.cut?.()),
    save,
  };
}

function originsOf({ name, origins = [] }: SpanExporter): SettingOrigin[] {
  return origins.map((origin) => ({ ...origin, name: `${name}.${origin.name}` }));
}

function reportOf(before: ExportStats, after: ExportStats, areSettled: boolean): FlushReport {
  const reasons: Record<string, number> = {};
  for (const [reason, count] of Object.entries(after.dropped)) {
    const lost = count - (before.dropped[reason] ?? 0);
    if (lost > 0) reasons[reason] = lost;
  }
  const lost = sum(Object.values(reasons));
  const complete = areSettled && after.waiting === 0 && after.spooled === 0;
  const { message } = after.lastExportError ?? {};
  return {
    delivered: after.exported - before.exported,
    lost,
    complete,
    ...(after.spooled > 0 && { spooled: after.spooled }),
    ...(lost > 0 && { reasons }),
    ...((lost > 0 || !complete) && message !== undefined && { lastError: message }),
  };
}

/** Whether an exporter kept to its contract. */
async function settled(
  call: (exporter: SpanExporter) => Promise<void> | undefined,
  exporter: SpanExporter,
  diagnostics: Diagnostics,
): Promise<boolean> {
  try {
    await call(exporter);
    return true;
  } catch (error) {
    diagnostics.count('exporter-failed', error); // its spans are still in its statistics
    return false;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
