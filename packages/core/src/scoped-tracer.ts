/** A tracer whose spans have a scope of the application's. Everything else is the tracer that it was made from. */
import type { Context } from './context.ts';
import type { FlushReport, HealthReport } from './exporter.ts';
import type { InstrumentationScope } from './instrumentation-scope.ts';
import type { Carrier } from './propagation/carrier.ts';
import type { Getter, Setter } from './propagation/propagator.ts';
import type { Span } from './span.ts';
import type { SpanOptions, SpanStart } from './span-options.ts';
import type { SpanResult } from './span-result.ts';
import type { Tracer, TracerStats } from './tracer.ts';

/** The tracer that makes the spans. */
export interface ScopeHost extends Tracer {
  startWith(bare: SpanStart, name: string, options: unknown): Span;
  runWith<Result>(bare: SpanStart, name: string, optionsOrFn: unknown, maybeFn: unknown): SpanResult<Result>;
}

export class ScopedTracer implements Tracer {
  /** The tracer with the internals. `internalsOf()` reads it. */
  readonly unscoped: ScopeHost;
  /** What a span without options starts with. One object for all of them, without a prototype. */
  private readonly bare: SpanStart;

  constructor(unscoped: ScopeHost, scope: InstrumentationScope) {
    this.unscoped = unscoped;
    this.bare = Object.freeze(Object.assign(Object.create(null), { scope }));
  }

  startSpan(name: string, options?: SpanOptions): Span {
    return this.unscoped.startWith(this.bare, name, options);
  }

  withSpan<Result>(name: string, fn: (span: Span) => Result): SpanResult<Result>;
  withSpan<Result>(name: string, options: SpanOptions, fn: (span: Span) => Result): SpanResult<Result>;
  withSpan<Result>(name: string, optionsOrFn: unknown, maybeFn?: unknown): SpanResult<Result> {
    return this.unscoped.runWith(this.bare, name, optionsOrFn, maybeFn);
  }

  withScope(name: string, version?: string): Tracer {
    return this.unscoped.withScope(name, version);
  }

  inject<Anything extends object = Carrier>(carrier: Anything, setter?: Setter<Anything>, context?: Context): void {
    this.unscoped.inject(carrier, setter, context);
  }

  extract<Anything extends object = Carrier>(carrier: Anything, getter?: Getter<Anything>): Context {
    return this.unscoped.extract(carrier, getter);
  }

  flush(options?: { timeoutMs?: number | undefined }): Promise<FlushReport> {
    return this.unscoped.flush(options);
  }

  shutdown(options?: { timeoutMs?: number | undefined }): Promise<FlushReport> {
    return this.unscoped.shutdown(options);
  }

  stats(): TracerStats {
    return this.unscoped.stats();
  }

  healthCheck(options?: { timeoutMs?: number | undefined }): Promise<HealthReport> {
    return this.unscoped.healthCheck(options);
  }

  describeSettings(): string {
    return this.unscoped.describeSettings();
  }
}
