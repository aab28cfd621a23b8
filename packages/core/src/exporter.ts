/** The contract between a tracer and whatever its ended spans go to. */
import type { Diagnostics } from './diagnostics.ts';
import type { ExporterHealth, HealthCheckOptions } from './health.ts';
import type { SettingOrigin } from './settings/resolve-settings.ts';
import type { RecordingSpan } from './span.ts';

/**
 * Takes ended spans. Made by `otlpExporter()`, `consoleExporter()`, `inMemoryExporter()`, or by you.
 *
 * `export` is called once for each span, synchronously, inside the span's `end()`. The span's data is valid only
 * during that call: encode it, or copy it with `readSpan()`. What it throws is contained, and the span counted as lost.
 */
export interface SpanExporter {
  /** For statistics and messages, such as `otlp`. */
  readonly name: string;
  /** Called once for each tracer that uses the exporter, before any span. */
  start?(host: ExporterHost): void;
  export(span: RecordingSpan): void;
  /** Resolves when all that was taken before has been delivered or counted as lost, in-flight batches included. Never rejects. */
  flush?(): Promise<void>;
  /** Like `flush`, and lets go of sockets and timers. Spans that come later are counted as dropped. Never rejects. */
  shutdown?(): Promise<void>;
  /** The settings in force, for `tracer.describeSettings()`. */
  readonly origins?: readonly SettingOrigin[];
  /** Where spans go, for people and without secrets: an address, or `standard output`. */
  readonly destination?: string;
  /**
   * Sends this one span now, past the queue and the statistics, and says what came of it. Never rejects, and settles within
   * the time. Absent where there is nothing to reach.
   */
  healthCheck?(span: RecordingSpan, options: HealthCheckOptions): Promise<Omit<ExporterHealth, 'name' | 'durationMs'>>;
  /** What became of the spans that were taken: each is in exactly one of the three. */
  stats(): ExporterStats;
}

/** What a tracer lends to its exporters. */
export interface ExporterHost {
  readonly diagnostics: Diagnostics;
  /** Runs the exporter's own traffic untraced. */
  untraced<Result>(fn: () => Result): Result;
}

export interface ExporterStats {
  /** Spans that the receiver accepted. */
  readonly exported: number;
  /** Spans that wait for being sent, or are on their way. */
  readonly waiting: number;
  /** Spans lost, by reason, such as `queue-full`. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastError?: { readonly message: string; readonly timeMs: number } | undefined;
}

/** What a flush came to. */
export interface FlushReport {
  /** Spans delivered while it ran. */
  readonly delivered: number;
  /** Spans given up while it ran. */
  readonly lost: number;
  /** Whether nothing is left waiting; `false` if the time allowed ran out first. */
  readonly complete: boolean;
}
