/** The tracer as applications see it. */
import type { Context } from './context.ts';
import type { ExporterStats, FlushReport, HealthReport } from './exporter.ts';
import type { Carrier } from './propagation/carrier.ts';
import type { Getter, Setter } from './propagation/propagator.ts';
import type { Span } from './span.ts';
import type { SpanOptions } from './span-options.ts';
import type { SpanResult } from './span-result.ts';

/** Makes spans, and takes the ended ones to its exporters. Made by `createTracer()` and `getTracer()`. */
export interface Tracer {
  /**
   * Starts a span, child of the active one. It is not made active, and must be ended: by `end()`, or by `using`.
   *
   * @example
   * using span = tracer.startSpan('compress', { attributes: { 'file.size': bytes } });
   */
  startSpan(name: string, options?: SpanOptions): Span;
  /**
   * Runs `fn` in a new span, child of the active one, and ends the span when `fn` has returned or its promise has settled.
   * A throw or rejection is recorded as exception and error status, and goes on to the caller as it was.
   *
   * @returns What `fn` returns; of a promise, another that settles the same; of a query that starts when it is awaited (knex,
   *   Mongoose, Prisma, Drizzle), a promise of its rows. A span does not wait for a generator: consume it inside `fn`.
   * @example
   * const user = await tracer.withSpan('loadUser', async (span) => {
   *   span.setAttribute('user.id', id);
   *   return users.find(id);
   * });
   */
  withSpan<Result>(name: string, fn: (span: Span) => Result): SpanResult<Result>;
  /** The same, with the kind, the attributes, the links or the parent that the span starts with. */
  withSpan<Result>(name: string, options: SpanOptions, fn: (span: Span) => Result): SpanResult<Result>;
  /**
   * A tracer whose spans say which code makes them: a package, or a part of the application. It shares everything else with this one.
   * The same name and version give the same object, so it may be called for each span. Spans without it have the scope
   * `@waymark/core`; those of adapters and libraries have scopes such as `@waymark/express`.
   *
   * @param name Such as the name in `package.json`. 1 to 1,024 characters.
   * @param version Such as `1.2.0`. Default: none.
   * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for another type, or a string that is empty or too long.
   * @see https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/
   * @example
   * const tracer = getTracer().withScope('shop-pricing', '1.2.0');
   * await tracer.withSpan('price basket', () => price(basket));
   */
  withScope(name: string, version?: string): Tracer;
  /** Writes the current context, or the one given, to a carrier: message headers, job data, an environment. Never throws. */
  inject<Anything extends object = Carrier>(carrier: Anything, setter?: Setter<Anything>, context?: Context): void;
  /**
   * Reads a context from a carrier. What is missing or malformed there is missing from the context. Never throws.
   *
   * @example
   * await withContext(tracer.extract(message.headers), () => tracer.withSpan('process', () => handle(message)));
   */
  extract<Anything extends object = Carrier>(carrier: Anything, getter?: Getter<Anything>): Context;
  /**
   * Sends what has ended, and resolves when it has been delivered or counted as lost.
   *
   * @param options.timeoutMs When to stop waiting, in milliseconds. Default 30,000. What is not delivered then stays queued.
   */
  flush(options?: { timeoutMs?: number | undefined }): Promise<FlushReport>;
  /** Like {@link flush}, and ends the tracer: spans that end later are counted as dropped. Called again, it only flushes. */
  shutdown(options?: { timeoutMs?: number | undefined }): Promise<FlushReport>;
  /** The numbers so far. Cheap enough for each call of a health check. */
  stats(): TracerStats;
  /**
   * Sends one real span to each exporter's receiver, and says what happened and what to do about it. The span's name is
   * `waymark health check`. It is sent once, past the queue, and is in no statistics. Never rejects.
   *
   * @param options.timeoutMs When to give up, in milliseconds. Default 5,000.
   * @example
   * const { ok, exporters } = await tracer.healthCheck();
   * if (!ok) console.error(exporters); // [{ message: 'nothing listens at localhost:4318', remedy: 'Start a …', … }]
   */
  healthCheck(options?: { timeoutMs?: number | undefined }): Promise<HealthReport>;
  /** The settings in force, those of the exporters too, a line each: name, value, and the variable or place it came from. */
  describeSettings(): string;
}

/**
 * What became of a tracer's spans since it was made. At any moment each span that has ended is, for each exporter, in exactly
 * one of `exported`, `waiting`, `spooled` and `dropped`.
 */
export interface TracerStats {
  /** Spans that were recorded: running, ended, or dropped by a hook. */
  readonly started: number;
  /** Recorded spans that have ended. */
  readonly ended: number;
  /** Recorded spans that `onStart` or `onEnding` dropped. They are among `started`, and in no other number. */
  readonly droppedByHook: number;
  /** Spans that the sampler declined. Children of such spans are not counted. */
  readonly notSampled: number;
  /** Spans that receivers accepted; the sum over all exporters, as are the next four. */
  readonly exported: number;
  /** Ended spans that are on their way. */
  readonly waiting: number;
  /** Ended spans on disk only, which this process or the next one sends from there. */
  readonly spooled: number;
  /** Ended spans lost, by reason: those of the exporters, `exporter-failed`, and `no-exporter` where there is none. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Spans of earlier processes that were found on disk, and that receivers accepted. No other number includes them. */
  readonly replayed: number;
  /** The latest error of any exporter, with its time in Unix milliseconds. */
  readonly lastExportError: { readonly message: string; readonly timeMs: number } | undefined;
  /** The same numbers for each exporter. */
  readonly exporters: readonly ({ readonly name: string } & ExporterStats)[];
  /** Faults by reason, such as `invalid-attribute`. */
  readonly diagnostics: Readonly<Record<string, number>>;
}
