/** The contract between a tracer and its exporters. */
import type { Diagnostics } from './diagnostics.ts';
import type { ReadableSpan } from './readable-span.ts';
import type { SettingOrigin } from './settings/resolve-settings.ts';

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
  /** Takes one ended span, which may be read during this call only. */
  export(span: ReadableSpan): void;
  /** Resolves when all spans exported so far have been delivered or counted as lost, in-flight batches included. Never rejects. */
  flush?(): Promise<void>;
  /** Like `flush`, and releases sockets and timers. Spans that come later are counted as dropped. Never rejects. */
  shutdown?(): Promise<void>;
  /** Ends requests under way, so that they do not keep the process alive. Their spans go on waiting. */
  cut?(): void;
  /**
   * Saves waiting spans before the process ends, synchronously: on disk, or by sending them. `isLast`: this is the last call of
   * all. `wait`: how long the process may be held; absent if it may not be held.
   */
  save?(options: SaveOptions): void;
  /** The settings in force, for `tracer.describeSettings()`. */
  readonly origins?: readonly SettingOrigin[];
  /** Where spans go, for people, without secrets: an address, or `standard output`. */
  readonly destination?: string;
  /**
   * Sends this one span now, past the queue and the statistics, and resolves to the outcome. Never rejects, and settles within
   * the time. Absent if the exporter has no receiver to reach.
   */
  healthCheck?(span: ReadableSpan, options: HealthCheckOptions): Promise<Omit<ExporterHealth, 'name' | 'durationMs'>>;
  /** What became of the exported spans: each is in exactly one of the first four numbers. `replay` counts other spans. */
  stats(): ExporterStats;
}

/** How {@link SpanExporter.save} is called. */
export interface SaveOptions {
  /** Whether the process ends after this call. */
  readonly isLast: boolean;
  /** How long the call may take. Absent if it may not wait. */
  readonly wait?: LastWait | undefined;
}

/** How long a process that ends may be held, in milliseconds. */
export interface LastWait {
  /** Until the next answer comes. */
  readonly idleMs: number;
  /** Altogether. */
  readonly totalMs: number;
}

/** What an exporter gets from the tracer that uses it. */
export interface ExporterHost {
  /** Where the exporter counts its faults. The tracer reports them. */
  readonly diagnostics: Diagnostics;
  /** Runs the exporter's own traffic untraced. */
  untraced<Result>(fn: () => Result): Result;
}

/** What became of the spans that an exporter has taken. */
export interface ExporterStats {
  /** Spans that the receiver accepted. */
  readonly exported: number;
  /** Spans that wait to be sent, or are on their way. */
  readonly waiting: number;
  /** Spans on disk only, to be sent later, by the next process if not by this one. Absent without a spool. */
  readonly spooled?: number | undefined;
  /** Spans lost, by reason, such as `queue-full`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** The latest failure, with its time in Unix milliseconds; absent if there was none. */
  readonly lastError?: { readonly message: string; readonly timeMs: number } | undefined;
  /** Absent without a spool. */
  readonly replay?: ReplayStats | undefined;
}

/** Spans that earlier processes have left on disk. This process has not made any of them. */
export interface ReplayStats {
  /** Spans that the receiver has accepted by now. */
  readonly delivered: number;
  /** Spans that were lost, by reason, such as `http-400`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Whether none of them waits any more. */
  readonly isComplete: boolean;
}

/** The outcome of a flush, with the spans since the report before. Each span is in one report. */
export interface FlushReport {
  /** Spans delivered since the report before, or since the tracer was made. */
  readonly delivered: number;
  /** Spans lost in that time. */
  readonly lost: number;
  /** Whether everything has been delivered or lost; `false` if the time allowed ran out first, or the receiver is down. */
  readonly complete: boolean;
  /** Spans on disk, which the next process sends if this one does not; absent if there are none. */
  readonly spooled?: number;
  /** The lost spans by reason; absent if none were lost. */
  readonly reasons?: Readonly<Record<string, number>>;
  /** The latest error, if not all spans were delivered. */
  readonly lastError?: string;
}

/** The result of `tracer.healthCheck()`. */
export interface HealthReport {
  /** Whether the tracer has an exporter, and each of them delivered its span. */
  readonly ok: boolean;
  /** One for each exporter, in the order of the `exporter` option. */
  readonly exporters: readonly ExporterHealth[];
}

/** What a health check found of one exporter. */
export interface ExporterHealth {
  /** The exporter's name, such as `otlp`. */
  readonly name: string;
  /** Where it sends, without secrets; absent if it does not send. */
  readonly url?: string;
  /** Whether the receiver accepted the span. */
  readonly ok: boolean;
  /** What happened. */
  readonly message: string;
  /** What to do, if that is known. */
  readonly remedy?: string;
  /** How long the check took, in milliseconds. */
  readonly durationMs: number;
  /** How far this machine's clock is ahead of the receiver's, to the second; absent if the receiver does not send its time. */
  readonly clockSkewMs?: number;
}

/** How {@link SpanExporter.healthCheck} is called. */
export interface HealthCheckOptions {
  /** When to give up, in milliseconds. */
  readonly timeoutMs: number;
}
