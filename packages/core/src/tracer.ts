/** The tracer: makes spans, decides on them, and hands the ended ones to the exporters. */
import type { Attributes } from './attributes.ts';
import { type Clock, createTraceClock, type TimeInput, type TraceClock, toUnixMs } from './clock.ts';
import { Context } from './context.ts';
import type { Diagnostics } from './diagnostics.ts';
import { describeValue } from './errors.ts';
import type { ExporterStats, FlushReport, SpanExporter } from './exporter.ts';
import { beginRead, randomWord, readFailed, readWord } from './ids.ts';
import type { IdGenerator, TracerSettings } from './options.ts';
import { describeSettings } from './options.ts';
import { processState } from './process-state.ts';
import { type Carrier, carrierGetter, carrierSetter } from './propagation/carrier.ts';
import { withThreshold } from './propagation/ot-tracestate.ts';
import { contextOfCall, joinCallers } from './propagation/join-formats.ts';
import type { Getter, Setter } from './propagation/propagator.ts';
import { createResource, type Resource } from './resource.ts';
import { notSampled, type Sampler, type SamplingFacts, type SamplingInput, type SamplingResult } from './sampler.ts';
import { isWaymarkSpan, type Link, NonRecordingSpan, RecordingSpan, type Span, type SpanKind } from './span.ts';
import { randomFlag, type SpanContextInput, TraceIdentity, toSpanContext, toTraceState } from './span-context.ts';
import { runInSpan } from './with-span.ts';

export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: readonly Link[];
  /** Default: now. */
  readonly startTime?: TimeInput;
  /** Default: the active span. `null` starts a new trace. */
  readonly parent?: Context | Span | SpanContextInput | null | undefined;
}

/** What an instrumentation starts a span with: attributes may be made only if the sampler asks for them. */
export interface SpanStart extends SpanOptions {
  samplingAttributes?(): Attributes;
}

/** What became of everything a tracer was asked for. */
export interface TracerStats {
  /** Spans that were recorded. */
  readonly started: number;
  readonly ended: number;
  /** Spans that the sampler declined, children of such spans not counted: they cost nothing, not even this. */
  readonly notSampled: number;
  /** Spans that receivers accepted; the sum over all exporters, as are the next two. */
  readonly exported: number;
  /** Ended spans that are on their way. */
  readonly waiting: number;
  /** Ended spans lost, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastExportError: { readonly message: string; readonly timeMs: number } | undefined;
  readonly exporters: readonly ({ readonly name: string } & ExporterStats)[];
  /** Faults by reason, such as `invalid-attribute`. */
  readonly diagnostics: Readonly<Record<string, number>>;
}

const noTrace = new TraceIdentity(0, 0, 0, 0, false, undefined);
const suppressedSpan = new NonRecordingSpan(noTrace, 0, 0, false, 'suppressed');
const suppressedContext: Context = Object.freeze(new Context(suppressedSpan, undefined));
const noLinks: readonly Link[] = Object.freeze([]);
const noAttributesGiven: Attributes = Object.freeze({});

/** Made by `createTracer()` and `getTracer()`. */
export class Tracer {
  readonly settings: TracerSettings;
  readonly resource: Resource;
  readonly diagnostics: Diagnostics;
  readonly clock: TraceClock;
  /** Whether outbound calls in its spans get spans of their own; an adapter's `outbound: false` turns it off. */
  tracesOutbound = true;
  private readonly sampler: Sampler;
  private readonly exporters: readonly SpanExporter[];
  private readonly idGenerator: IdGenerator | undefined;
  private readonly writesSeveralFormats: boolean;
  private isShutDown = false;
  private started = 0;
  private ended = 0;
  private notSampled = 0;
  private unexported = 0;
  private readonly shutdownListeners: (() => void)[] = [];

  /** For `createTracer()`, which knows where the parts come from. */
  constructor(parts: {
    settings: TracerSettings;
    diagnostics: Diagnostics;
    exporters: readonly SpanExporter[];
    clock: Clock | undefined;
    idGenerator: IdGenerator | undefined;
  }) {
    const { settings, diagnostics } = parts;
    this.settings = settings;
    this.diagnostics = diagnostics;
    this.resource = createResource(settings.serviceName, settings.resourceAttributes);
    this.clock = createTraceClock(parts.clock);
    this.idGenerator = parts.idGenerator;
    this.sampler = settings.sampler;
    this.exporters = parts.exporters;
    this.writesSeveralFormats = settings.propagators.filter(({ name }) => name !== 'baggage').length > 1;
    for (const exporter of parts.exporters) exporter.start?.({ diagnostics, untraced });
  }

  /**
   * Starts a span, child of the active one. It is not made active, and must be ended: by `end()`, or by `using`.
   *
   * @example
   * using span = tracer.startSpan('compress', { attributes: { 'file.size': bytes } });
   */
  startSpan(name: string, options: SpanOptions = {}): Span {
    return this.beginSpan(name, options.kind ?? 'internal', this.resolveParent(options.parent), options);
  }

  /**
   * Runs `fn` in a new span, child of the active one, and ends the span when `fn` has returned or its promise has settled.
   * A throw or rejection is recorded as exception and error status, and goes on to the caller as it was.
   *
   * @returns What `fn` returns; of a promise, another that settles the same. A span does not wait for a generator:
   *   consume it inside `fn`.
   * @example
   * const user = await tracer.withSpan('loadUser', async (span) => {
   *   span.setAttribute('user.id', id);
   *   return users.find(id);
   * });
   */
  withSpan<Result>(name: string, fn: (span: Span) => Result): Result;
  withSpan<Result>(name: string, options: SpanOptions, fn: (span: Span) => Result): Result;
  withSpan<Result>(
    name: string,
    optionsOrFn: SpanOptions | ((span: Span) => Result),
    maybeFn?: (span: Span) => Result,
  ): Result {
    const fn = typeof optionsOrFn === 'function' ? optionsOrFn : (maybeFn as (span: Span) => Result); // by the overloads
    const options = typeof optionsOrFn === 'function' ? {} : optionsOrFn;
    const baggage = (options.parent instanceof Context ? options.parent : processState.storage.getStore())?.baggage;
    return runInSpan(this.startSpan(name, options), baggage, fn);
  }

  /** Writes the current context, or the one given, to a carrier: message headers, job data, an environment. Never throws. */
  inject<Anything extends object = Carrier>(
    carrier: Anything,
    setter: Setter<Anything> = carrierSetter as Setter<object>,
    context: Context | undefined = processState.storage.getStore(),
  ): void {
    if (context === undefined) return;
    const outgoing = this.outgoing(context);
    for (const propagator of this.settings.propagators) {
      try {
        propagator.inject(outgoing, carrier, setter);
      } catch (error) {
        this.diagnostics.count('propagator-failed', error);
      }
    }
  }

  /**
   * Reads a context from a carrier. What is missing or malformed there is missing from the context. Never throws.
   *
   * @example
   * await withContext(tracer.extract(message.headers), () => tracer.withSpan('process', () => handle(message)));
   */
  extract<Anything extends object = Carrier>(
    carrier: Anything,
    getter: Getter<Anything> = carrierGetter as Getter<object>,
  ): Context {
    let context = new Context(undefined, undefined);
    for (const propagator of this.settings.propagators) {
      try {
        const { span } = context;
        context = propagator.extract(context, carrier, getter);
        const isSecondCaller = span !== undefined && context.span !== span;
        if (isSecondCaller) context = new Context(joinCallers(span, context.span), context.baggage);
      } catch (error) {
        this.diagnostics.count('propagator-failed', error);
      }
    }
    return context;
  }

  /**
   * Sends what has ended, and resolves when it has been delivered or counted as lost.
   *
   * @param options.timeoutMs When to stop waiting, in milliseconds. Default 30,000. What is not delivered then stays queued.
   */
  flush(options: { timeoutMs?: number } = {}): Promise<FlushReport> {
    return this.drain((exporter) => exporter.flush?.(), options.timeoutMs);
  }

  /** Like {@link flush}, and ends the tracer: spans that end later are counted as dropped. Called again, it only flushes. */
  shutdown(options: { timeoutMs?: number } = {}): Promise<FlushReport> {
    // An exporter that tracers share counts who is done with it.
    if (this.isShutDown) return this.flush(options);
    this.isShutDown = true;
    for (const listener of this.shutdownListeners.splice(0)) listener();
    return this.drain((exporter) => (exporter.shutdown ?? exporter.flush)?.call(exporter), options.timeoutMs);
  }

  stats(): TracerStats {
    const exporters = this.exporters.map((exporter) => ({ name: exporter.name, ...exporter.stats() }));
    const dropped: Record<string, number> = {};
    if (this.unexported > 0) dropped[this.exporters.length === 0 ? 'no-exporter' : 'exporter-failed'] = this.unexported;
    for (const exporter of exporters) {
      for (const [reason, count] of Object.entries(exporter.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    const errors = exporters.flatMap(({ lastError }) => lastError ?? []);
    return {
      started: this.started,
      ended: this.ended,
      notSampled: this.notSampled,
      exported: sum(exporters.map(({ exported }) => exported)),
      waiting: sum(exporters.map(({ waiting }) => waiting)),
      dropped,
      lastExportError: errors.sort((one, other) => other.timeMs - one.timeMs)[0],
      exporters,
      diagnostics: this.diagnostics.counts(),
    };
  }

  /** The settings in force, a line each: name, value, and the variable or place it came from. */
  describeSettings(): string {
    return describeSettings(this.settings.origins);
  }

  /** Calls `listener` once, when the tracer is shut down. */
  onShutdown(listener: () => void): void {
    this.shutdownListeners.push(listener);
  }

  /** The context as the headers of one call are to tell of it. Asked once for a call, by who injects format by format. */
  outgoing(context: Context): Context {
    return this.writesSeveralFormats ? contextOfCall(context) : context;
  }

  /** Whether spans of this tracer can get anywhere; asked by instrumentations before they do any work. */
  get isEnabled(): boolean {
    return !this.settings.disabled && !this.isShutDown;
  }

  /** The road of every span: decides first, builds afterwards. Instrumentations call it with the parent that they know. */
  beginSpan(
    name: string,
    kind: SpanKind,
    parent: RecordingSpan | NonRecordingSpan | undefined,
    options: SpanStart = {},
  ): RecordingSpan | NonRecordingSpan {
    const passes = parent !== undefined && 'mode' in parent;
    if (passes && (parent.mode === 'ignored' || parent.mode === 'suppressed')) return parent;
    // Never the parent itself if it is recorded: whoever ends this span would end that one.
    if (!this.isEnabled) return passes ? parent : ignoredSpan(parent, this);
    const { sampler } = this;
    const isLocalChild = parent !== undefined && !(passes && parent.mode === 'remote');
    if (isLocalChild && sampler.followsLocalParent) {
      // A child of what is not sampled has nothing of its own to keep: it shares its parent's span, and costs nothing.
      return passes ? parent : this.record(name, kind, parent.trace, parent, options, undefined);
    }

    const trace = parent?.trace.hasId ? parent.trace : this.newTrace(parent?.trace.isDebug);
    if (trace.isDebug) return this.record(name, kind, trace, parent, options, undefined);
    const facts = new SpanFacts(trace, parent, name, kind, options);
    const result = this.decide(facts);
    const decided = traceAfter(trace, result);
    if (result.sampled) return this.record(name, kind, decided, parent, options, result.attributes);
    this.notSampled++;
    return new NonRecordingSpan(decided, randomWord(), randomWord() | 1, false, 'unsampled', this);
  }

  private decide(facts: SamplingFacts): SamplingResult {
    try {
      const result: SamplingResult | undefined = this.sampler.decide(facts); // a sampler of the host's may answer anything
      if (typeof result?.sampled === 'boolean') return result;
      this.diagnostics.count(
        'sampler-failed',
        `it answered ${describeValue(result)} in place of true, false or { sampled }`,
      );
    } catch (error) {
      this.diagnostics.count('sampler-failed', error);
    }
    return notSampled;
  }

  /** Takes an ended span to the exporters. Called by the span. */
  onEnd(span: RecordingSpan): void {
    this.ended++;
    const { exporters } = this;
    if (exporters.length === 0) this.unexported++;
    for (const exporter of exporters) {
      try {
        exporter.export(span);
      } catch (error) {
        this.unexported++;
        this.diagnostics.count('exporter-failed', error);
      }
    }
  }

  private record(
    name: string,
    kind: SpanKind,
    trace: TraceIdentity,
    parent: RecordingSpan | NonRecordingSpan | undefined,
    { attributes, links, startTime }: SpanOptions,
    samplerAttributes: Attributes | undefined,
  ): RecordingSpan {
    this.started++;
    const offsetMs = parent instanceof RecordingSpan ? parent.clockOffsetMs : this.clock.offsetMs();
    const startMs = (startTime === undefined ? undefined : toUnixMs(startTime)) ?? offsetMs + this.clock.monotonicMs();
    const caller = parent !== undefined && 'mode' in parent && parent.mode === 'remote' ? parent : undefined;
    const parentHigh = parent?.idHigh ?? 0;
    const parentLow = parent?.idLow ?? 0;
    const isRemote = caller !== undefined && (parentHigh | parentLow) !== 0;
    const high = randomWord();
    // A low word with its last bit set is never zero, which an id must not be; 63 bits are left to chance.
    const low = randomWord() | 1;
    const [idHigh, idLow] = this.idGenerator ? this.generatedSpanId(high, low) : [high, low];
    const span = new RecordingSpan(
      this,
      name,
      kind,
      trace,
      idHigh,
      idLow,
      parentHigh,
      parentLow,
      isRemote,
      offsetMs,
      startMs,
    );
    if (attributes !== undefined) span.setAttributes(attributes);
    if (samplerAttributes !== undefined) span.setAttributes(samplerAttributes);
    if (links !== undefined) span.addLinks(links);
    if (caller?.notes !== undefined) {
      span.addLinks(caller.notes.links);
      if (caller.notes.attributes !== undefined) span.setAttributes(caller.notes.attributes);
    }
    return span;
  }

  private newTrace(isDebug: boolean = false): TraceIdentity {
    const words = this.idGenerator && this.readGenerated(this.idGenerator.traceId, 4);
    if (words)
      return new TraceIdentity(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0, true, undefined, isDebug);
    return new TraceIdentity(randomWord(), randomWord(), randomWord(), randomWord() | 1, true, undefined, isDebug);
  }

  private generatedSpanId(high: number, low: number): [number, number] {
    const words = this.idGenerator && this.readGenerated(this.idGenerator.spanId, 2);
    return words ? [words[0] ?? 0, words[1] ?? 0] : [high, low];
  }

  private readGenerated(generate: () => string, wordCount: number): number[] | undefined {
    try {
      const id = generate.call(this.idGenerator);
      beginRead();
      const words = Array.from({ length: wordCount }, (_, index) => readWord(id, index * 8));
      if (!readFailed() && id.length === wordCount * 8 && words.some((word) => word !== 0)) return words;
      this.diagnostics.count('invalid-id', id);
    } catch (error) {
      this.diagnostics.count('invalid-id', error);
    }
    return undefined;
  }

  private resolveParent(parent: SpanOptions['parent']): RecordingSpan | NonRecordingSpan | undefined {
    if (parent === null) return undefined;
    const span = parent === undefined ? processState.storage.getStore()?.span : parent;
    if (span === undefined) return undefined;
    if (isWaymarkSpan(span)) return span;
    if (isContext(span)) return isWaymarkSpan(span.span) ? span.span : undefined;
    const remote = remoteSpanOf(span as SpanContextInput); // anything else is looked at there
    if (remote === undefined) this.diagnostics.count('invalid-parent');
    return remote;
  }

  private async drain(
    call: (exporter: SpanExporter) => Promise<void> | undefined,
    timeoutMs = 30_000,
  ): Promise<FlushReport> {
    const before = this.stats();
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      // Not unref'ed: somebody awaits this.
      timer = setTimeout(resolve, timeoutMs);
    });
    const all = Promise.all(this.exporters.map((exporter) => settled(call, exporter)));
    await Promise.race([all, timeUp]);
    clearTimeout(timer);
    const after = this.stats();
    return {
      delivered: after.exported - before.exported,
      lost: sum(Object.values(after.dropped)) - sum(Object.values(before.dropped)),
      complete: after.waiting === 0,
    };
  }
}

async function settled(
  call: (exporter: SpanExporter) => Promise<void> | undefined,
  exporter: SpanExporter,
): Promise<void> {
  try {
    await call(exporter);
  } catch {
    // An exporter's own fault: what it had is still in its statistics.
  }
}

/** Runs `fn` untraced: no span is made in it, and no trace header is sent. */
export function untraced<Result>(fn: () => Result): Result {
  return processState.storage.run(suppressedContext, fn);
}

/** A span for a request that is to be ignored: the caller's context, if there is one, passes through it unchanged. */
export function ignoredSpan(caller: Span | undefined, tracer?: Tracer | undefined): NonRecordingSpan {
  if (!isWaymarkSpan(caller)) return new NonRecordingSpan(noTrace, 0, 0, false, 'ignored', tracer);
  const { trace, idHigh, idLow, isSampled } = caller;
  const notes = 'mode' in caller ? caller.notes : undefined;
  return new NonRecordingSpan(trace, idHigh, idLow, isSampled, 'ignored', tracer, notes);
}

/** What a sampler may ask for; made into objects only if it does. */
class SpanFacts implements SamplingFacts {
  readonly trace: TraceIdentity;
  readonly parent: RecordingSpan | NonRecordingSpan | undefined;
  private readonly name: string;
  private readonly kind: SpanKind;
  private readonly options: SpanStart;

  constructor(
    trace: TraceIdentity,
    parent: RecordingSpan | NonRecordingSpan | undefined,
    name: string,
    kind: SpanKind,
    options: SpanStart,
  ) {
    this.trace = trace;
    this.parent = parent;
    this.name = name;
    this.kind = kind;
    this.options = options;
  }

  input(): SamplingInput {
    const { trace, parent, name, kind, options } = this;
    return {
      name,
      kind,
      traceId: trace.traceId,
      ...(parent && {
        parent: {
          spanId: (parent.idHigh | parent.idLow) === 0 ? undefined : parent.spanId,
          isSampled: 'mode' in parent && parent.notes?.isDeferred ? undefined : parent.isSampled,
          isRemote: 'mode' in parent && parent.mode === 'remote',
        },
      }),
      attributes: options.attributes ?? options.samplingAttributes?.() ?? noAttributesGiven,
      links: options.links ?? noLinks,
      ...(trace.traceState && { traceState: trace.traceState }),
    };
  }
}

/** The trace as the span that was decided on has it. */
function traceAfter(trace: TraceIdentity, { sampled, traceState }: SamplingResult): TraceIdentity {
  const given = traceState === undefined ? trace.traceState : (toTraceState(traceState) ?? trace.traceState);
  // OpenTelemetry, TraceState handling: the threshold says by what odds a span was sampled, so one that was not has none.
  const after = sampled || given === undefined ? given : withThreshold(given, undefined);
  return after === trace.traceState ? trace : trace.withTraceState(after);
}

function isContext(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && 'span' in value && 'baggage' in value;
}

function remoteSpanOf(input: SpanContextInput): NonRecordingSpan | undefined {
  const other = input as Partial<Span>; // a span of another library has the same method
  const context = toSpanContext(typeof other.spanContext === 'function' ? other.spanContext() : input);
  if (context === undefined) return undefined;
  const { traceId, spanId, traceFlags, traceState, isSampled } = context;
  const trace = new TraceIdentity(
    readWord(traceId, 0),
    readWord(traceId, 8),
    readWord(traceId, 16),
    readWord(traceId, 24),
    (traceFlags & randomFlag) !== 0,
    traceState,
  );
  return new NonRecordingSpan(trace, readWord(spanId, 0), readWord(spanId, 8), isSampled, 'remote');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
