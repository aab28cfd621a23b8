/** Work that a message, or a call from another process, asks for: its span, and the context in which the work runs. */
import { isPromise } from 'node:util/types';
import { withContext } from '../active-context.ts';
import type { Attributes, AttributeValue } from '../attribute-value.ts';
import { type AttributeList, attributesToObject } from '../attributes.ts';
import type { TimeInput } from '../clock.ts';
import { Context } from '../context.ts';
import { countFault } from '../count-fault.ts';
import { exceptionTypeOf } from '../exception.ts';
import { knownTracer } from '../internal-tracer.ts';
import type { LibraryName } from '../libraries-option.ts';
import { outside } from '../outside-context.ts';
import { failBy } from '../passing-exceptions.ts';
import { readProperty } from '../read-property.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { Link } from '../span.ts';
import type { SpanKind } from '../span-kind.ts';
import type { SpanStart } from '../span-options.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import { optionsOf } from './caller.ts';
import { scopeOfLibrary } from './library-scope.ts';

/** What is known of the work when it begins. */
export interface IncomingFacts {
  readonly library: LibraryName;
  readonly name: string;
  /** `consumer` for messages, `server` for calls. */
  readonly kind: SpanKind;
  /** The list belongs to the span from then on. */
  readonly attributes: AttributeList;
  /** The attributes of all messages of one subscription. No key is in both. */
  readonly shared?: SharedAttributes | undefined;
  /** The contexts that the messages carry, from `readContext()`. */
  readonly senders: readonly (Context | undefined)[];
  /** Attributes of the link to a sender, by its index. */
  readonly linkAttributes?: ((index: number) => Attributes | undefined) | undefined;
  /**
   * Whether the work starts a trace with links also if there is a single sender, as for a batch. The option `newTracePerMessage` of the
   * library has the same effect.
   */
  readonly linksOnly?: boolean | undefined;
  /** Default: now. */
  readonly startTime?: TimeInput | undefined;
}

/** Work from elsewhere. It always has a span, also where nothing is carried: then it starts a trace. */
export class Incoming {
  /** For the work. It is there as well if the span is not recorded: the decision and the baggage of the sender go on. */
  readonly context: Context;
  private readonly span: WaymarkSpan;
  /** A span that is not ours to end: tracing is turned off, and the sender's passes through. */
  private readonly isPassing: boolean;
  private hasEnded = false;
  private hasFailed = false;

  /**
   * Starts the span: below the only sender's, or in a new trace with links to all senders. It is never below the active span, which is that of
   * the code that subscribed.
   *
   * @returns `undefined` if the library is turned off, or there is no tracer: call the handler as if there was no tracing.
   */
  static begin(facts: IncomingFacts): Incoming | undefined {
    try {
      return beginIncoming(facts);
    } catch (error) {
      countFault(error);
      return undefined;
    }
  }

  constructor(span: WaymarkSpan, context: Context, isPassing: boolean) {
    this.span = span;
    this.context = context;
    this.isPassing = isPassing;
  }

  get isRecording(): boolean {
    return !this.isPassing && this.span.isRecording();
  }

  /** `undefined` is skipped. */
  set(key: string, value: AttributeValue | undefined): void {
    if (value !== undefined && !this.isPassing) this.span.setAttribute(key, value);
  }

  updateName(name: string): void {
    if (!this.isPassing) this.span.updateName(name);
  }

  /** Links the span to another sender's. */
  addLink(sender: Context | undefined, attributes?: Attributes): void {
    if (this.isPassing || !isWaymarkSpan(sender?.span)) return;
    this.span.addLink({ context: sender.span.spanContext(), ...(attributes !== undefined && { attributes }) });
  }

  /** Ends the span. Only the first end or failure counts. @param time For work whose end is known only afterwards. Default: now. */
  end(time?: TimeInput): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (!this.isPassing) this.span.end(time);
  }

  /**
   * Marks the span as failed, for work that ends later. It records the exception, unless a span within has done so. Only the first
   * failure counts.
   *
   * @param errorType For `error.type`. Default: the class of the error.
   */
  markFailed(error: unknown, errorType?: string): void {
    if (this.hasEnded || this.hasFailed) return;
    this.hasFailed = true;
    if (this.isPassing) return;
    try {
      failBy(this.span, error, undefined);
      this.span.setAttribute('error.type', errorType ?? exceptionTypeOf(error) ?? '_OTHER');
    } catch (fault) {
      countFault(fault); // reading the error has thrown
    }
  }

  /** Ends the span as failed. */
  fail(error: unknown, errorType?: string): void {
    this.markFailed(error, errorType);
    this.end();
  }

  /**
   * Ends the span as failed where no exception is known: the handler has refused the message.
   *
   * @param errorType For `error.type`.
   */
  refuse(errorType: string, reason: string): void {
    if (!this.hasEnded && !this.hasFailed && !this.isPassing) {
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: 'error', message: reason });
    }
    this.end();
  }

  /**
   * Calls the handler in the context, and ends the span when it returns, throws, or its promise settles. A promise is passed on as one that
   * settles in the same way, so that Node still reports a rejection that is not handled.
   *
   * @param isAwaited Whether the library awaits what the handler returns. Otherwise a thenable that is no promise is left alone: a
   *   query builder would start its query.
   */
  run<Result>(fn: () => Result, isAwaited = true): Result {
    let result: Result;
    try {
      result = withContext(this.context, fn);
    } catch (error) {
      this.fail(error);
      throw error;
    }
    // Not `instanceof`: each test file of Jest has another class.
    if (isPromise(result) || (isAwaited && isThenable(result))) return this.follow(result as Thenable) as Result; // settles in the same way
    this.end();
    return result;
  }

  /** Calls the handler in the context. The caller has to call `end()` or `fail()`. */
  enter<Result>(fn: () => Result): Result {
    return withContext(this.context, fn);
  }

  private follow(result: Thenable): unknown {
    return result.then(
      (value) => {
        this.end();
        return value;
      },
      (error) => {
        this.fail(error);
        throw error;
      },
    );
  }
}

function beginIncoming(facts: IncomingFacts): Incoming | undefined {
  const { library, name, kind, senders, attributes } = facts;
  const only = senders.length === 1 ? senders[0] : undefined;
  const tracer = knownTracer(only?.span);
  const options: Readonly<Record<string, unknown>> | undefined = optionsOf(library, only ?? outside);
  if (tracer === undefined || options === undefined) return undefined;
  const isLinked = facts.linksOnly === true || senders.length > 1 || options.newTracePerMessage === true;
  const parent = !isLinked && isWaymarkSpan(only?.span) ? only.span : undefined;
  const shared = facts.shared;
  const start: SpanStart = {
    scope: scopeOfLibrary(library),
    links: isLinked ? linksTo(facts) : undefined,
    startTime: facts.startTime,
    samplingAttributes: () => attributesToObject(shared === undefined ? attributes : [...shared.list, ...attributes]),
    describeStart: (span) => span.startWith(attributes, shared),
  };
  // Hooks at the start of spans run in the context of the parent.
  const around = parent === undefined ? outside : (only ?? outside);
  const span =
    tracer.hooks === undefined
      ? tracer.beginSpan(name, kind, parent, start)
      : tracer.beginSpanIn(around, name, kind, parent, start);
  const isPassing = span === parent;
  if (span.mode === undefined && span.hookPhase === undefined) span.startWith(attributes, shared);
  return new Incoming(span, new Context(span, only?.baggage, only?.values), isPassing);
}

function linksTo({ senders, linkAttributes }: IncomingFacts): readonly Link[] {
  return senders.flatMap((sender, index) => {
    if (!isWaymarkSpan(sender?.span)) return [];
    const attributes = linkAttributes?.(index);
    return [{ context: sender.span.spanContext(), ...(attributes !== undefined && { attributes }) }];
  });
}

interface Thenable {
  then(onFulfilled: (value: unknown) => unknown, onRejected: (error: unknown) => unknown): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return typeof readProperty(value, 'then') === 'function';
}
