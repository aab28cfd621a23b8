/** The tracer with its internals: decides on spans, makes them, and passes the ended ones to the exporters. */
import type { Attributes } from './attribute-value.ts';
import { type Baggage, isBaggage } from './baggage.ts';
import { type Clock, createTraceClock, type TraceClock, toUnixMs } from './clock.ts';
import { Context, isContext } from './context.ts';
import type { InternalDiagnostics } from './diagnostics.ts';
import { joinHooked, noteSent } from './dropped-span.ts';
import { forgetEndedAbove } from './ended-ancestors.ts';
import { describeValue } from './errors.ts';
import type { FlushReport, HealthReport, SaveOptions, SpanExporter } from './exporter.ts';
import { createExporterGroup, type ExporterGroup } from './exporter-group.ts';
import { foundLibraryOrigins } from './found-libraries.ts';
import { randomWord, readId } from './ids.ts';
import { coreScope, givenScope, type InstrumentationScope } from './instrumentation-scope.ts';
import { continueIn, markLate, startsLate, withGivenParent } from './late-span.ts';
import type { IdGenerator, TracerSettings } from './options.ts';
import type { OutboundSettings } from './outbound-settings.ts';
import { toParent } from './parent.ts';
import { PassingSpan } from './passing-span.ts';
import { processState } from './process-state.ts';
import { type Carrier, carrierGetter, carrierSetter } from './propagation/carrier.ts';
import { contextOfCall, joinCallers } from './propagation/join-formats.ts';
import { withThreshold } from './propagation/ot-tracestate.ts';
import type { Getter, Setter } from './propagation/propagator.ts';
import { readOption } from './read-option.ts';
import { readProperty } from './read-property.ts';
import { hasOptions, noOptions, readSpanOption, readSpanOptions } from './read-span-options.ts';
import { RecordingSpan } from './recording-span.ts';
import { createResource, type Resource } from './resource.ts';
import { notSampled, type Sampler, type SamplingFacts, type SamplingResult } from './sampler.ts';
import { ScopedTracer, type ScopeHost } from './scoped-tracer.ts';
import { describeSettings } from './settings/resolve-settings.ts';
import type { Span } from './span.ts';
import { toTraceState } from './span-context.ts';
import { SpanFacts } from './span-facts.ts';
import { createSpanHooks, type SpanHooks, type SpanProcessors } from './span-hooks.ts';
import type { SpanHost } from './span-host.ts';
import { type SpanKind, toSpanKind } from './span-kind.ts';
import { countUnknownOptions, missingFunction } from './span-mistakes.ts';
import type { SpanOptions, SpanStart } from './span-options.ts';
import type { SpanResult } from './span-result.ts';
import { toText } from './to-text.ts';
import { TraceIdentity } from './trace-identity.ts';
import type { Tracer, TracerStats } from './tracer.ts';
import { createUnendedSpans } from './unended-spans.ts';
import { ignoredSpan } from './untraced.ts';
import { isWaymarkSpan, type WaymarkSpan } from './waymark-span.ts';
import { runInSpan } from './with-span.ts';

export class InternalTracer implements ScopeHost, SpanHost {
  readonly settings: TracerSettings;
  readonly resource: Resource;
  readonly diagnostics: InternalDiagnostics;
  readonly clock: TraceClock;
  /** Whether outbound calls in its spans get client spans; an adapter's `outbound: false` turns that off. */
  tracesOutbound = true;
  /** The settings of those calls, if an adapter has set them; otherwise the defaults apply. */
  outbound: OutboundSettings | undefined = undefined;
  /** For http/shared-options.ts: the options of all `tracing()` so far. */
  sharedHttpOptions: object | undefined = undefined;
  /** Absent without hooks of the application. */
  readonly hooks: SpanHooks | undefined;
  readonly onEnding: ((span: RecordingSpan) => boolean) | undefined;
  private readonly sampler: Sampler;
  private readonly exporters: ExporterGroup;
  private readonly idGenerator: IdGenerator | undefined;
  private readonly writesSeveralFormats: boolean;
  private isShutDown = false;
  private started = 0;
  private ended = 0;
  private notSampled = 0;
  private droppedByHook = 0;
  private readonly unended = createUnendedSpans();
  private readonly shutdownListeners: (() => void)[] = [];
  private readonly scoped = new WeakMap<InstrumentationScope, ScopedTracer>();

  /** For `createTracer()`, which knows where the parts come from. */
  constructor(parts: {
    settings: TracerSettings;
    diagnostics: InternalDiagnostics;
    exporters: readonly SpanExporter[];
    processors: SpanProcessors | undefined;
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
    this.exporters = createExporterGroup(parts.exporters, diagnostics);
    this.writesSeveralFormats = settings.propagators.filter(({ name }) => name !== 'baggage').length > 1;
    this.hooks =
      settings.onStart || settings.onEnding || parts.processors
        ? this.callHooks(settings, parts.processors)
        : undefined;
    this.onEnding = this.hooks?.onEnding;
  }

  /** Puts methods that call the hooks in the place of its own, so that tracers without hooks do not ask for them. */
  private callHooks(settings: TracerSettings, processors: SpanProcessors | undefined): SpanHooks {
    const hooks = createSpanHooks(settings, processors, {
      diagnostics: this.diagnostics,
      isEnded: () => this.isShutDown,
      noteEnd: (span) => this.noteEnd(span),
      noteDrop: (span) => {
        this.droppedByHook++;
        this.unended.delete(span);
      },
      send: (span) => this.send(span),
    });
    this.onEnd = hooks.onEnd;
    const begin = this.beginSpan;
    this.beginSpan = (name, kind, parent, options) => {
      const span = begin.call(this, name, kind, parent, options);
      if (span.mode === undefined) hooks.onStart(span, parent, options ?? noOptions);
      return span;
    };
    return hooks;
  }

  startSpan(name: string, options?: SpanOptions): Span {
    return this.startWith(noOptions, name, options);
  }

  withSpan<Result>(name: string, fn: (span: Span) => Result): SpanResult<Result>;
  withSpan<Result>(name: string, options: SpanOptions, fn: (span: Span) => Result): SpanResult<Result>;
  withSpan<Result>(name: string, optionsOrFn: unknown, maybeFn?: unknown): SpanResult<Result> {
    return this.runWith(noOptions, name, optionsOrFn, maybeFn);
  }

  withScope(name: string, version?: string): Tracer {
    return this.inScope(givenScope(name, version));
  }

  /** The tracer whose spans have that scope: one object for each scope. */
  inScope(scope: InstrumentationScope): Tracer {
    let scoped = this.scoped.get(scope);
    if (scoped === undefined) {
      scoped = new ScopedTracer(this, scope);
      this.scoped.set(scope, scoped);
    }
    return scoped;
  }

  /** `startSpan()`. @param bare What a span without options starts with. */
  startWith(bare: SpanStart, name: string, options: unknown): Span {
    if (!hasOptions(options, this.diagnostics))
      return this.rememberUnended(this.startFromOptions(bare, name, undefined, undefined));
    countUnknownOptions(options, this.diagnostics);
    return this.rememberUnended(
      this.startFromOptions(bare, name, options, readSpanOption(options, 'parent', this.diagnostics)),
    );
  }

  /** `withSpan()`. @param bare What a span without options starts with. */
  runWith<Result>(bare: SpanStart, name: string, optionsOrFn: unknown, maybeFn: unknown): SpanResult<Result> {
    const fn = typeof optionsOrFn === 'function' ? optionsOrFn : maybeFn;
    if (typeof fn !== 'function') throw missingFunction(name, optionsOrFn, maybeFn);
    const run = fn as (span: Span) => Result; // it is called as withSpan() promises
    if (typeof optionsOrFn === 'function') {
      if (maybeFn !== undefined) {
        this.diagnostics.count('unknown-span-option', 'options after the function; write withSpan(name, options, fn)');
      }
      const span = this.startFromOptions(bare, name, undefined, undefined);
      return runInSpan(span, this.baggageFor(undefined), valuesFor(undefined), run);
    }
    const options = hasOptions(optionsOrFn, this.diagnostics) ? optionsOrFn : noOptions;
    countUnknownOptions(options, this.diagnostics);
    const parent = readSpanOption(options, 'parent', this.diagnostics);
    const span = this.startFromOptions(bare, name, options, parent);
    return runInSpan(span, this.baggageFor(parent), valuesFor(parent), run);
  }

  inject<Anything extends object = Carrier>(
    carrier: Anything,
    setter: Setter<Anything> = carrierSetter as Setter<object>,
    context: Context | undefined = processState.storage.getStore(),
  ): void {
    if (!isContext(context)) return;
    noteSent(context.span);
    const outgoing = this.outgoing(context);
    for (const propagator of this.settings.propagators) {
      try {
        propagator.inject(outgoing, carrier, setter);
      } catch (error) {
        this.diagnostics.count('propagator-failed', error);
      }
    }
  }

  extract<Anything extends object = Carrier>(
    carrier: Anything,
    getter: Getter<Anything> = carrierGetter as Getter<object>,
  ): Context {
    // Those of the caller: what comes by header is only the span and the baggage.
    const values = processState.storage.getStore()?.values;
    let context = new Context(undefined, undefined, values);
    for (const propagator of this.settings.propagators) {
      try {
        const { span } = context;
        const extracted = propagator.extract(context, carrier, getter);
        if (extracted === context) continue;
        const { span: caller, baggage } = extracted;
        const isSecondCaller = span !== undefined && caller !== span;
        context = new Context(
          isSecondCaller ? joinCallers(span, caller) : caller,
          isBaggage(baggage) ? baggage : undefined,
          values,
        );
      } catch (error) {
        this.diagnostics.count('propagator-failed', error);
      }
    }
    return context;
  }

  flush(options: { timeoutMs?: number | undefined } = {}): Promise<FlushReport> {
    this.hooks?.release();
    return this.exporters.flush(readTimeout(options, 30_000));
  }

  async shutdown(options: { timeoutMs?: number | undefined } = {}): Promise<FlushReport> {
    // A shared exporter counts its users, so it is released only once.
    if (this.isShutDown) return this.flush(options);
    this.isShutDown = true;
    for (const listener of this.shutdownListeners.splice(0)) listener();
    this.hooks?.release();
    const report = await this.exporters.shutdown(readTimeout(options, 30_000));
    this.reportLosses();
    return report;
  }

  stats(): TracerStats {
    const { started, ended, notSampled, droppedByHook, hooks } = this;
    const exporters = this.exporters.stats(hooks?.heldCount);
    return { started, ended, notSampled, droppedByHook, ...exporters, diagnostics: this.diagnostics.counts() };
  }

  healthCheck(options: { timeoutMs?: number | undefined } = {}): Promise<HealthReport> {
    const nowMs = this.clock.monotonicMs();
    const offsetMs = this.clock.offsetMs(nowMs);
    const [high, low, startMs] = [randomWord(), randomWord() | 1, offsetMs + nowMs];
    const span = new RecordingSpan(
      this,
      'waymark health check',
      'internal',
      this.newTrace(),
      high,
      low,
      0,
      0,
      false,
      offsetMs,
      startMs,
      coreScope,
    );
    return this.exporters.checkHealth(span, readTimeout(options, 5000));
  }

  describeSettings(): string {
    return describeSettings([...this.settings.origins, ...this.exporters.origins(), ...foundLibraryOrigins()]);
  }

  /** For exit.ts. */
  cut(): void {
    this.exporters.cut();
  }

  /** For exit.ts. */
  save(options: SaveOptions): void {
    this.hooks?.release();
    this.exporters.save(options);
  }

  /** Reports the losses since the last report, and the spans that have not ended. */
  reportLosses(): void {
    this.diagnostics.reportLosses();
    const unended = this.unended.describe();
    if (unended !== undefined) this.diagnostics.note('warn', unended);
  }

  /** Calls `listener` once, when the tracer is shut down. */
  onShutdown(listener: () => void): void {
    this.shutdownListeners.push(listener);
  }

  /** The context to write into the headers of one call. Call once per outgoing request, before running the propagators. */
  outgoing(context: Context): Context {
    return this.writesSeveralFormats ? contextOfCall(context) : context;
  }

  /** Of a tracer with a scope, this is the tracer that it was made from. */
  get unscoped(): this {
    return this;
  }

  /** Whether it has been shut down. */
  get isEnded(): boolean {
    return this.isShutDown;
  }

  /** Whether spans of this tracer are made at all. Instrumentations read this before they do any work. */
  get isEnabled(): boolean {
    return !this.settings.disabled && !this.isShutDown;
  }

  /** Makes every span: decides first, builds afterwards. Instrumentations call it with the parent that they know. */
  beginSpan(
    name: string,
    kind: SpanKind,
    parent: WaymarkSpan | undefined,
    options: SpanStart = noOptions,
  ): WaymarkSpan {
    if (this.sharesSpanOf(parent)) return parent;
    // Not the parent itself if it is recorded: the end of this span would end that one.
    if (!this.isEnabled) {
      if (this.isShutDown) this.diagnostics.count('span-dropped', 'started after shutdown()');
      return ignoredSpan(parent, this);
    }
    const isRecorded = parent !== undefined && parent.mode === undefined;
    if (isRecorded && parent.endMs !== undefined && startsLate(parent, options)) {
      return this.beginLate(name, kind, parent, options);
    }
    if (isRecorded && this.sampler.followsLocalParent) {
      return this.record(name, kind, parent.trace, parent, options, undefined);
    }

    const trace = parent?.trace.hasId ? parent.trace : this.newTrace(parent?.trace.isDebug);
    if (parent?.mode === 'remote') trace.caller = parent;
    return this.beginSampled(name, kind, trace, parent, parent, options);
  }

  /** The first span of a new trace, below an ended span whose decision it has. */
  private beginLate(name: string, kind: SpanKind, ended: RecordingSpan, options: SpanStart): WaymarkSpan {
    const trace = continueIn(this.newTrace(ended.trace.isDebug), ended.trace);
    const span = this.sampler.followsLocalParent
      ? this.record(name, kind, trace, undefined, options, undefined)
      : this.beginSampled(name, kind, trace, undefined, ended, options);
    if (span.mode === undefined) markLate(span, ended);
    return span;
  }

  /** @param decider The span whose decision the sampler may follow. */
  private beginSampled(
    name: string,
    kind: SpanKind,
    trace: TraceIdentity,
    parent: WaymarkSpan | undefined,
    decider: WaymarkSpan | undefined,
    options: SpanStart,
  ): WaymarkSpan {
    if (trace.isDebug) return this.record(name, kind, trace, parent, options, undefined);
    const facts = new SpanFacts(trace, decider, name, kind, options);
    const result = this.decide(facts);
    const decided = traceAfter(trace, result);
    if (result.sampled) return this.record(name, kind, decided, parent, options, result.attributes);
    this.notSampled++;
    return new PassingSpan(decided, randomWord(), randomWord() | 1, false, 'unsampled', this);
  }

  /** The same in the context of the parent, if that is not the active one: hooks on the start of spans run in it. */
  beginSpanIn(
    context: Context,
    name: string,
    kind: SpanKind,
    parent: WaymarkSpan | undefined,
    options: SpanStart,
  ): WaymarkSpan {
    return processState.storage.run(context, () => this.beginSpan(name, kind, parent, options));
  }

  private decide(facts: SamplingFacts): SamplingResult {
    try {
      const result: SamplingResult | undefined = this.sampler.decide(facts); // an application's sampler may return anything
      // Read inside this try block, since a getter may throw.
      if (typeof result?.sampled === 'boolean') return ownResult(result);
      this.diagnostics.count(
        'sampler-failed',
        `it returned ${describeValue(result)} in place of true, false or { sampled }`,
      );
    } catch (error) {
      this.diagnostics.count('sampler-failed', error);
    }
    return notSampled;
  }

  /** Called by the span. */
  onEnd(span: RecordingSpan): void {
    this.noteEnd(span);
    this.send(span);
  }

  private noteEnd(span: RecordingSpan): void {
    this.ended++;
    this.unended.delete(span);
  }

  private send(span: RecordingSpan): void {
    this.exporters.export(span);
    span.release();
  }

  private record(
    name: string,
    kind: SpanKind,
    trace: TraceIdentity,
    parent: WaymarkSpan | undefined,
    { attributes, links, startTime, scope = coreScope }: SpanStart,
    samplerAttributes: Attributes | undefined,
  ): RecordingSpan {
    this.started++;
    const nowMs = this.clock.monotonicMs();
    const offsetMs = parent instanceof RecordingSpan ? parent.clockOffsetMs : this.clock.offsetMs(nowMs);
    const startMs = toUnixMs(startTime, offsetMs) ?? offsetMs + nowMs;
    const caller = parent !== undefined && parent.mode !== undefined && parent.mode === 'remote' ? parent : undefined;
    const parentHigh = parent?.idHigh ?? 0;
    const parentLow = parent?.idLow ?? 0;
    const isRemote = caller !== undefined && (parentHigh | parentLow) !== 0;
    let idHigh = randomWord();
    // An id must not be zero, so the last bit of the low word is set. The other 63 bits are random.
    let idLow = randomWord() | 1;
    if (this.idGenerator !== undefined) [idHigh = idHigh, idLow = idLow] = this.generateId(this.idGenerator.spanId, 16);
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
      scope,
    );
    if (parent !== undefined && parent.mode === undefined) {
      if (parent.endMs !== undefined) forgetEndedAbove(parent);
      span.localParent = parent;
      if (this.hooks === undefined && parent.tracer.onEnding !== undefined) joinHooked(span);
    }
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
    // The bit that keeps the id from being zero is outside the right-most 56, which samplers expect to be uniformly random.
    let a = randomWord() | 1;
    let b = randomWord();
    let c = randomWord();
    let d = randomWord();
    let isRandom = true;
    if (this.idGenerator !== undefined) {
      [a = a, b = b, c = c, d = d] = this.generateId(this.idGenerator.traceId, 32);
      isRandom = this.idGenerator.isRandom === true;
    }
    return new TraceIdentity(a, b, c, d, isRandom, undefined, isDebug);
  }

  /** The words of an id from the application's generator; none if it fails, so that the random id is used. */
  private generateId(generate: () => unknown, digits: 16 | 32): readonly number[] {
    try {
      const id = generate.call(this.idGenerator);
      const words = readId(id, digits);
      if (words !== undefined) return words;
      this.diagnostics.count('invalid-id', id);
    } catch (error) {
      this.diagnostics.count('invalid-id', error);
    }
    return [];
  }

  /** Remembers a recorded span that only the application can end. */
  rememberUnended(span: WaymarkSpan): WaymarkSpan {
    if (span.mode === undefined && span.endMs === undefined) this.unended.add(span); // a hook may have ended it
    return span;
  }

  /** @param given The application's options. Only `parent` has been read so far. */
  private startFromOptions(
    bare: SpanStart,
    name: string,
    given: object | undefined,
    givenParent: unknown,
  ): WaymarkSpan {
    const parent = this.resolveParent(givenParent);
    if (this.sharesSpanOf(parent)) return parent;
    let options =
      given === undefined || given === noOptions ? bare : readSpanOptions(given, bare.scope, this.diagnostics);
    if (givenParent !== undefined) options = withGivenParent(options, parent);
    if (givenParent !== undefined && this.hooks !== undefined) {
      const context = new Context(parent, this.baggageFor(givenParent), valuesFor(givenParent));
      return this.beginSpanIn(context, toText(name), toSpanKind(options.kind), parent, options);
    }
    return this.beginSpan(toText(name), toSpanKind(options.kind), parent, options);
  }

  /** Whether a child would record nothing: it shares its parent's span, and costs nothing. */
  private sharesSpanOf(parent: WaymarkSpan | undefined): parent is PassingSpan {
    if (parent === undefined || parent.mode === undefined) return false;
    if (parent.mode === 'ignored' || parent.mode === 'suppressed' || !this.isEnabled) return true;
    return parent.mode !== 'remote' && this.sampler.followsLocalParent === true;
  }

  private baggageFor(parent: unknown): Baggage | undefined {
    const given = isContext(parent) ? readProperty(parent, 'baggage') : processState.storage.getStore()?.baggage;
    return isBaggage(given) ? given : undefined;
  }

  private resolveParent(given: unknown): WaymarkSpan | undefined {
    const active = processState.storage.getStore()?.span;
    const isActive = isWaymarkSpan(active);
    // Where tracing is off, it is off for all spans but those of a context that is given.
    if (given === undefined || (isActive && active.mode === 'suppressed' && !isContext(given))) {
      return isActive ? active : undefined;
    }
    if (given === null) return undefined;
    const parent = toParent(given);
    if (parent !== 'invalid') return parent;
    this.diagnostics.count('invalid-parent');
    return undefined;
  }
}

function valuesFor(parent: unknown): object | undefined {
  const given = isContext(parent) ? readProperty(parent, 'values') : processState.storage.getStore()?.values;
  return typeof given === 'object' && given !== null ? given : undefined;
}

/** Whether a value is a tracer, with or without a scope, also one made by another copy of this package. Never throws. */
export function isTracer(value: unknown): value is Tracer {
  const internals = readProperty(value, 'unscoped');
  return (
    typeof readProperty(internals, 'beginSpan') === 'function' &&
    typeof readProperty(internals, 'settings') === 'object'
  );
}

/** The tracer as the rest of this package sees it, without its scope. */
export function internalsOf(tracer: Tracer): InternalTracer;
export function internalsOf(tracer: Tracer | undefined): InternalTracer | undefined;
export function internalsOf(tracer: Tracer | undefined): InternalTracer | undefined {
  const given = tracer as InternalTracer | ScopedTracer | undefined; // tracers that come from outside have passed isTracer()
  return given?.unscoped as InternalTracer | undefined; // no other class has a scope
}

/** The tracer behind a span; `undefined` for a span of a context that came by header. */
export function tracerOf(span: WaymarkSpan): InternalTracer | undefined {
  return span.tracer as InternalTracer | undefined; // a span knows its tracer as a SpanHost, and only tracers make spans
}

/** The tracer of calls below a span: the span's, or the process's if there is one yet. */
export function knownTracer(active: Span | undefined): InternalTracer | undefined {
  return (isWaymarkSpan(active) ? tracerOf(active) : undefined) ?? internalsOf(processState.defaultTracer);
}

/** The trace of the span, after the sampler has decided. */
function traceAfter(trace: TraceIdentity, { sampled, traceState }: SamplingResult): TraceIdentity {
  const given = traceState === undefined ? trace.traceState : (toTraceState(traceState) ?? trace.traceState);
  // OpenTelemetry, TraceState handling: the threshold is the probability of a sampled span, so an unsampled span has none.
  const after = sampled || given === undefined ? given : withThreshold(given, undefined);
  return after === trace.traceState ? trace : trace.withTraceState(after);
}

/** The result without properties from a polluted prototype. Throws what a getter of the application's throws. */
function ownResult(result: SamplingResult): SamplingResult {
  const attributes = readOption(result, 'attributes') as SamplingResult['attributes']; // they are checked when they are set
  const traceState = readOption(result, 'traceState') as SamplingResult['traceState']; // toTraceState() checks it
  const isOwn = attributes === result.attributes && traceState === result.traceState;
  return isOwn ? result : { sampled: result.sampled, attributes, traceState };
}

/** The `timeoutMs` of options that callers without types may pass in any form. Never throws. */
function readTimeout(options: unknown, byDefault: number): number {
  const timeoutMs = readProperty(options, 'timeoutMs');
  return typeof timeoutMs === 'number' && timeoutMs >= 0 ? timeoutMs : byDefault;
}
