/** The contract between a tracer and whatever its ended spans go to. */
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
  export(span: ReadableSpan): void;
  /** Resolves when all that was taken before has been delivered or counted as lost, in-flight batches included. Never rejects. */
  flush?(): Promise<void>;
  /** Like `flush`, and lets go of sockets and timers. Spans that come later are counted as dropped. Never rejects. */
  shutdown?(): Promise<void>;
  /** Ends requests under way, so that they do not keep the process. Their spans wait on. */
  cut?(): void;
  /**
   * Puts what waits where it survives the process, synchronously: on disk, or with the receiver. `isLast`: nothing follows, not
   * even this. `wait`: how long the process may be held; absent where not at all.
   */
  save?(options: SaveOptions): void;
  /** The settings in force, for `tracer.describeSettings()`. */
  readonly origins?: readonly SettingOrigin[];
  /** Where spans go, for people and without secrets: an address, or `standard output`. */
  readonly destination?: string;
  /**
   * Sends this one span now, past the queue and the statistics, and says what came of it. Never rejects, and settles within
   * the time. Absent where there is nothing to reach.
   */
  healthCheck?(span: ReadableSpan, options: HealthCheckOptions): Promise<Omit<ExporterHealth, 'name' | 'durationMs'>>;
  /** What became of the spans that were taken: each is in exactly one of the four, `replay` is beside them. */
  stats(): ExporterStats;
}

export interface SaveOptions {
  readonly isLast: boolean;
  readonly wait?: LastWait | undefined;
}

/** How long a process that ends may be held, in milliseconds. */
export interface LastWait {
  /** Until the next answer comes. */
  readonly idleMs: number;
  readonly totalMs: number;
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
  /** Spans that are on disk alone, to be sent later, by the next process if not by this one. Absent where that cannot be. */
  readonly spooled?: number | undefined;
  /** Spans lost, by reason, such as `queue-full`. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastError?: { readonly message: string; readonly timeMs: number } | undefined;
  /** Absent without a spool. */
  readonly replay?: ReplayStats | undefined;
}

/** Spans that earlier processes had left on disk. They are none of this process's. */
export interface ReplayStats {
  /** Those that the receiver has accepted by now. */
  readonly delivered: number;
  /** Those that were lost, by reason, such as `http-400`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Whether nothing of them is left. */
  readonly isComplete: boolean;
}

/** What a flush came to, and what had become of spans before it: each span is in one report. */
export interface FlushReport {
  /** Spans delivered since the report before, or since the tracer was made. */
  readonly delivered: number;
  /** Spans given up in that time. */
  readonly lost: number;
  /** Whether everything has been delivered or lost; `false` if the time allowed ran out first, or the receiver is down. */
  readonly complete: boolean;
  /** Spans on disk, which the next process sends if this one does not; absent if there are none. */
  readonly spooled?: number;
  /** Those that were lost, by reason; absent if none were. */
  readonly reasons?: Readonly<Record<string, number>>;
  /** What went wrong last, if not all was delivered. */
  readonly lastError?: string;
}

/** What {@link Tracer.healthCheck} found. */
export interface HealthReport {
  /** Whether there is an exporter, and all is well with each. */
  readonly ok: boolean;
  readonly exporters: readonly ExporterHealth[];
}

export interface ExporterHealth {
  /** That of the exporter, such as `otlp`. */
  readonly name: string;
  /** Where it sends, without secrets; absent where it does not send. */
  readonly url?: string;
  readonly ok: boolean;
  /** What happened. */
  readonly message: string;
  /** What to do, where that is known. */
  readonly remedy?: string;
  readonly durationMs: number;
  /** How far this machine's clock is ahead of the receiver's, to the second, where that says its time. */
  readonly clockSkewMs?: number;
}

export interface HealthCheckOptions {
  readonly timeoutMs: number;
}
