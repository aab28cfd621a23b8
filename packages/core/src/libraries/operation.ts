/** One call of a library: its span, from start to end. */
import type { Attributes, AttributeValue } from '../attribute-value.ts';
import { type AttributeList, attributesToObject } from '../attributes.ts';
import type { TimeInput } from '../clock.ts';
import { Context } from '../context.ts';
import { exceptionMessage, exceptionTypeOf } from '../exception.ts';
import type { InstrumentationScope } from '../instrumentation-scope.ts';
import { knownTracer, tracerOf } from '../internal-tracer.ts';
import type { LibraryName } from '../libraries-option.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { Link } from '../span.ts';
import type { SpanKind } from '../span-kind.ts';
import type { SpanStart } from '../span-options.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { pushCallSite } from './call-site.ts';
import { coverNested } from './caller.ts';
import { withoutLiterals } from './error-text.ts';
import { scopeOfLibrary } from './library-scope.ts';

/** What is known of a call when it begins. */
export interface OperationFacts {
  /** Whose call it is, for the scope of the span. `undefined` for a channel that the application has named. */
  readonly library: LibraryName | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  /** The attributes of this call. The list belongs to the span from then on. */
  readonly attributes: AttributeList;
  /** The attributes of all calls on one connection: its server. They come before the others, and no key is in both. */
  readonly shared?: SharedAttributes | undefined;
  readonly links?: readonly Link[] | undefined;
  /** For a call that is known only afterwards. Default: now. */
  readonly startTime?: TimeInput | undefined;
  /** The statement without literals. Messages of errors keep the names that are in it. */
  readonly statement?: string | undefined;
}

/** An optional fact. What a library has put on `Object.prototype` is none. */
function ownFact<Key extends keyof OperationFacts>(facts: OperationFacts, key: Key): OperationFacts[Key] | undefined {
  return Object.hasOwn(facts, key) ? facts[key] : undefined;
}

/** A call of a library that has a span. */
export class Operation implements SpanStart {
  /** The context of the code that made the call. */
  readonly caller: Context;
  private readonly facts: OperationFacts;
  private span: RecordingSpan | undefined = undefined;
  private nested: Context | undefined = undefined;

  /**
   * Starts the span of a call.
   *
   * @param caller From {@link tracedCaller}.
   * @returns `undefined` if the span is not recorded.
   */
  static begin(caller: Context, facts: OperationFacts): Operation | undefined {
    const active = caller.span;
    const parent = isWaymarkSpan(active) ? active : undefined;
    const tracer = knownTracer(parent);
    if (tracer === undefined) return undefined;
    const operation = new Operation(caller, facts);
    const span = tracer.beginSpan(facts.name, facts.kind, parent, operation);
    // beginSpan() returns the parent if that is not recorded, and after the tracer was shut down.
    if (span === parent || span.mode !== undefined) return undefined;
    if (span.hookPhase === undefined) operation.describeStart(span);
    operation.span = span;
    return operation;
  }

  private constructor(caller: Context, facts: OperationFacts) {
    this.caller = caller;
    this.facts = facts;
  }

  // The other fields of SpanStart. Without them, properties that a library puts on `Object.prototype` would count.
  get attributes(): undefined {
    return undefined;
  }

  get scope(): InstrumentationScope {
    return scopeOfLibrary(this.facts.library);
  }

  get startTime(): TimeInput | undefined {
    return ownFact(this.facts, 'startTime');
  }

  get links(): readonly Link[] | undefined {
    return ownFact(this.facts, 'links');
  }

  /** The attributes that a sampler may read. Made only if it reads them. */
  samplingAttributes(): Attributes {
    const { attributes } = this.facts;
    const shared = ownFact(this.facts, 'shared');
    return attributesToObject(shared === undefined ? attributes : [...shared.list, ...attributes]);
  }

  describeStart(span: RecordingSpan): void {
    const { facts } = this;
    const codeAttributes = tracerOf(span)?.settings.codeAttributes;
    if (codeAttributes !== undefined) pushCallSite(facts.attributes, codeAttributes, ownFact(facts, 'statement'));
    span.startWith(facts.attributes, ownFact(facts, 'shared'));
  }

  /** `undefined` is skipped. */
  set(key: string, value: AttributeValue | undefined): void {
    if (value !== undefined) this.span?.setAttribute(key, value);
  }

  updateName(name: string): void {
    this.span?.updateName(name);
  }

  /** Ends the span. Only the first end or failure counts. */
  end(): void {
    this.span?.end();
  }

  /**
   * Ends the span as failed. The exception itself is recorded by the span of the application that it reaches, if it reaches one: a
   * failure that the application handles is none of its spans'.
   *
   * @param statusCode The database's code of the error, such as `23505`; absent if it has none.
   */
  fail(error: unknown, statusCode?: string): void {
    const { span } = this;
    if (span === undefined) return;
    try {
      span.setAttribute('error.type', statusCode ?? exceptionTypeOf(error) ?? '_OTHER');
      if (statusCode !== undefined) span.setAttribute('db.response.status_code', statusCode);
      const message = withoutLiterals(exceptionMessage(error), ownFact(this.facts, 'statement'));
      span.setStatus({ code: 'error', message: message === '' ? undefined : message });
    } finally {
      span.end(); // also if reading the error throws
    }
  }

  /** The context for work that belongs below this span. */
  context(): Context {
    if (this.span === undefined) return this.caller;
    this.nested ??= new Context(this.span, this.caller.baggage, this.caller.values);
    return this.nested;
  }

  /** Leaves out the spans of libraries directly below this one, since they would show the same call again. */
  coverNested(): void {
    if (this.span !== undefined) coverNested(this.span);
  }

  /** The span, for what only this library needs of it. */
  get recording(): RecordingSpan | undefined {
    return this.span;
  }
}
