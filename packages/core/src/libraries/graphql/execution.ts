/** One execution of an operation: its span, the context of its resolvers, and its end. */
import { currentContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { exceptionMessage, exceptionTypeOf } from '../../exception.ts';
import { readProperty } from '../../read-property.ts';
import type { RecordingSpan } from '../../recording-span.ts';
import { noteOperation } from '../../request-operation.ts';
import type { Span } from '../../span.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { optionsOf, tracedCaller } from '../caller.ts';
import type { ChannelOperation } from '../channel-subscriber.ts';
import { withoutLiterals } from '../error-text.ts';
import { Incoming } from '../incoming.ts';
import { Operation } from '../operation.ts';
import { bodyOf, type Document, factsOf, type OperationFacts } from './operation-facts.ts';
import { watchResults } from './watch-results.ts';

/** By the context in which its resolvers are called. */
const executions = new WeakMap<Context, Execution>();

/**
 * By their spans: another tracer may have entered a context with the same span. Also shows whether an operation runs within another one,
 * so that it does not name the request.
 */
const executionsBySpan = new WeakMap<object, Execution>();

/** By the value of the context that resolvers get, for servers whose execution does not run in our context. */
const claimed = new WeakMap<object, Execution>();
let hasClaims = false;

/** The execution that a resolver is called by. */
function executionOf(context: Context | undefined, contextValue: unknown): Execution | undefined {
  const execution = context === undefined ? undefined : (executions.get(context) ?? executionOfSpan(context));
  if (execution !== undefined || !hasClaims) return execution;
  return typeof contextValue === 'object' && contextValue !== null ? claimed.get(contextValue) : undefined;
}

/** The context of a resolver makes its span when that is read. */
function executionOfSpan(context: Context): Execution | undefined {
  if (!Object.hasOwn(context, 'span')) return undefined;
  const { span } = context;
  return span === undefined ? undefined : executionsBySpan.get(span);
}

export class Execution implements ChannelOperation {
  readonly facts: OperationFacts;
  /** How many spans of resolvers there may be of one field. */
  readonly maxResolvers: number;
  private readonly document: Document;
  private readonly span: RecordingSpan;
  private readonly ownContext: Context;
  /** Spans of resolvers so far, by their field. */
  private resolvers: Map<string, number> | undefined = undefined;
  private omitted = 0;
  private isNamed = true;
  private requestSpan: Span | undefined = undefined;

  constructor(document: Document, facts: OperationFacts, maxResolvers: number, span: RecordingSpan, context: Context) {
    this.document = document;
    this.facts = facts;
    this.maxResolvers = maxResolvers;
    this.span = span;
    this.ownContext = context;
    executions.set(context, this);
    executionsBySpan.set(span, this);
  }

  context(): Context {
    return this.ownContext;
  }

  /** Unix milliseconds, on the clock of the trace. */
  nowMs(): number {
    return this.span.nowMs();
  }

  /** Lets resolvers find it by the value of the context that they get, which is an object of this execution alone. */
  claim(contextValue: unknown): void {
    if (typeof contextValue !== 'object' || contextValue === null) return;
    hasClaims = true;
    claimed.set(contextValue, this);
  }

  /** Names the span, and the request that `span` is part of, when the operation has been executed. */
  nameLater(span: Span | undefined): void {
    this.isNamed = false;
    this.requestSpan = span;
  }

  private nameNow(): void {
    if (this.isNamed) return;
    this.span.updateName(this.facts.spanName);
    noteOperation(this.requestSpan, this.facts.spanName);
  }

  /** Whether this is the execution of a document, so that an engine around the one that was called has begun it. */
  isOf(document: Document): boolean {
    if (this.document === document) return true;
    const body = bodyOf(this.document);
    return body !== undefined && body === bodyOf(document);
  }

  /** Counts a resolver that is to have a span. @returns `false`: there are enough of its field. */
  admit(field: string): boolean {
    this.resolvers ??= new Map();
    const before = this.resolvers.get(field) ?? 0;
    if (before >= this.maxResolvers) {
      this.omitted++;
      return false;
    }
    this.resolvers.set(field, before + 1);
    return true;
  }

  /** Ends the span by the result. That of `@defer` and `@stream` has ended with its last part. */
  finish(result: unknown): void {
    try {
      this.nameNow();
      const failed = new ErrorCount(this.span, this.facts);
      failed.add(result);
      const isWatched = watchResults(
        result,
        (part) => failed.add(part),
        (error) => this.close(failed, error),
      );
      if (!isWatched) this.close(failed, undefined);
    } catch (error) {
      countFault(error);
      this.end();
    }
  }

  private close(failed: ErrorCount, error: unknown): void {
    if (error !== undefined) failed.addError(error);
    failed.record();
    this.end();
  }

  /** Ends the span as failed. */
  fail(error: unknown): void {
    try {
      const failed = new ErrorCount(this.span, this.facts);
      if (!failed.add(error)) failed.addError(error); // Mercurius's exceptions have the errors
      failed.record();
    } catch (fault) {
      countFault(fault);
    } finally {
      this.end();
    }
  }

  end(): void {
    if (this.omitted > 0) this.span.setAttribute('graphql.resolvers.omitted', this.omitted);
    this.span.end();
  }
}

/** The errors of a response. */
class ErrorCount {
  private count = 0;
  private first: unknown = undefined;
  private readonly span: RecordingSpan;
  private readonly facts: OperationFacts;

  constructor(span: RecordingSpan, facts: OperationFacts) {
    this.span = span;
    this.facts = facts;
  }

  /** @param result Something with `errors`, also in the parts of an incremental result. @returns Whether it has some. */
  add(result: unknown): boolean {
    let hasErrors = this.addList(readProperty(result, 'errors'));
    for (const key of ['initialResult', 'incremental', 'completed']) {
      const part = readProperty(result, key);
      for (const one of Array.isArray(part) ? part : [part]) {
        if (this.addList(readProperty(one, 'errors'))) hasErrors = true;
      }
    }
    return hasErrors;
  }

  private addList(errors: unknown): boolean {
    if (!Array.isArray(errors) || errors.length === 0) return false;
    if (this.count === 0) this.first = errors[0];
    this.count += errors.length;
    return true;
  }

  addError(error: unknown): void {
    if (this.count === 0) this.first = error;
    this.count++;
  }

  record(): void {
    if (this.count === 0) return;
    markFailed(this.span, this.first, this.facts.text);
    this.span.setAttribute('graphql.errors.count', this.count);
  }
}

const longestCode = 100;

/** Marks a span as failed by an error of GraphQL. */
function markFailed(span: RecordingSpan, error: unknown, document: string | undefined): void {
  span.setAttribute('error.type', errorTypeOf(error));
  const message = withoutLiterals(exceptionMessage(error), document);
  span.setStatus({ code: 'error', message: message === '' ? undefined : message });
}

/** The code that the application has given it, or else its class. Mercurius passes errors on as plain objects. */
export function errorTypeOf(error: unknown): string {
  const code = readProperty(readProperty(error, 'extensions'), 'code');
  if (typeof code === 'string' && code !== '' && code.length <= longestCode) return code;
  const original = readProperty(error, 'originalError');
  if (original instanceof Error) return exceptionTypeOf(original) ?? '_OTHER';
  return isObjectLiteral(error) ? 'GraphQLError' : (exceptionTypeOf(error) ?? '_OTHER');
}

function isObjectLiteral(value: unknown): boolean {
  return typeof value === 'object' && value !== null && readProperty(value, 'constructor') === Object;
}

/** Whether an engine around this one has begun the execution. */
function isBegun(context: Context, document: Document, contextValue: unknown): boolean {
  return executionOf(context, contextValue)?.isOf(document) === true;
}

/**
 * Begins an execution of a query or mutation, or the subscription to events.
 *
 * @param operationName As the client sent it.
 * @param contextValue What resolvers get as their context.
 * @param form `unchecked`: the document may still be refused, so it names nothing before it has been executed. `event`: the execution of
 *   an event, which starts a trace.
 * @returns `undefined` if it has no span, or has one already.
 */
export function beginExecution(
  document: Document,
  operationName: unknown,
  contextValue: unknown,
  form?: 'unchecked' | 'event',
): Execution | undefined {
  const caller = tracedCaller('graphql');
  if (caller === undefined || isBegun(caller, document, contextValue)) return undefined;
  const facts = factsOf(document, operationName);
  if (form === 'event') return beginEventExecution(document, facts, caller)?.execution;
  const settings = optionsOf('graphql', caller);
  const operation = Operation.begin(caller, {
    library: 'graphql',
    name: form === 'unchecked' ? facts.plainName : facts.spanName,
    kind: 'internal', // that of the conventions is the request's
    attributes: [],
    shared: facts.attributes(settings?.document !== false),
    statement: facts.text,
  });
  const span = operation?.recording;
  if (operation === undefined || span === undefined) return undefined;
  const execution = new Execution(document, facts, resolversOf(settings), span, operation.context());
  const named = isWithinOperation(caller) ? undefined : caller.span;
  if (form === 'unchecked') execution.nameLater(named);
  else if (named !== undefined) noteOperation(named, facts.spanName);
  return execution;
}

/** The execution of an event, and the context for its resolvers. */
interface EventExecution {
  readonly incoming: Incoming;
  /** `undefined` if it is not recorded. */
  readonly execution: Execution | undefined;
}

/**
 * Begins the execution of an event. It starts a trace, with a link to the span of subscribing.
 *
 * @param context In which its resolvers will run. Default: that of the new span.
 */
export function beginEventExecution(
  document: Document,
  facts: OperationFacts,
  subscriber: Context,
  context?: Context,
): EventExecution | undefined {
  const settings = optionsOf('graphql', subscriber);
  const incoming = Incoming.begin({
    library: 'graphql',
    name: facts.spanName,
    kind: 'internal',
    attributes: [],
    shared: facts.attributes(settings?.document !== false),
    senders: [subscriber],
    linksOnly: true,
  });
  if (incoming === undefined) return undefined;
  const { span } = incoming.context;
  const isRecorded = isWaymarkSpan(span) && span.mode === undefined;
  const around = context ?? incoming.context;
  const execution = isRecorded ? new Execution(document, facts, resolversOf(settings), span, around) : undefined;
  return { incoming, execution };
}

/** How many spans of resolvers there may be of one field. */
function resolversOf(settings: { readonly maxResolvers?: number } | undefined): number {
  return settings?.maxResolvers ?? 0;
}

function isWithinOperation({ span }: Context): boolean {
  if (!isWaymarkSpan(span) || span.mode !== undefined) return false;
  for (let around: RecordingSpan | undefined = span; around !== undefined; around = around.localParent) {
    if (executionsBySpan.has(around)) return true;
  }
  return false;
}

/** The span of an operation that was not executed, since its document does not parse or is not valid. */
export function recordRefusal(
  document: Document,
  operationName: unknown,
  errors: readonly unknown[],
  startTime: number | undefined,
): void {
  const [first] = errors;
  const caller = tracedCaller('graphql');
  if (caller === undefined || isBegun(caller, document, undefined) || isRecorded(first)) return;
  const facts = factsOf(document, operationName);
  const operation = Operation.begin(caller, {
    library: 'graphql',
    name: facts.plainName,
    kind: 'internal',
    attributes: [],
    shared: facts.attributes(optionsOf('graphql', caller)?.document !== false),
    startTime,
  });
  const span = operation?.recording;
  if (span === undefined) return;
  markFailed(span, first, facts.text);
  span.setAttribute('graphql.errors.count', errors.length);
  span.end();
}

/** Errors of refused documents: a plugin and the engine may both report one. */
const recorded = new WeakSet<object>();

function isRecorded(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (recorded.has(error)) return true;
  recorded.add(error);
  return false;
}

/** The execution of the context that runs. */
export function currentExecution(contextValue: unknown): Execution | undefined {
  return executionOf(currentContext(), contextValue);
}

/** Unix milliseconds on the clock of a context's trace; `undefined` if its span is not recorded. */
export function nowOf({ span }: Context): number | undefined {
  return isWaymarkSpan(span) && span.mode === undefined ? span.nowMs() : undefined;
}
