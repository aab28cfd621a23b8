/**
 * The events of a subscription. Subscribing has a span, which ends when the stream of events is there: the stream may last for days. Each
 * event starts a trace, with a link to that span.
 *
 * The engine awaits the next event and executes it within one call of `next()`. That call runs in a context that has no span until
 * the event is there.
 */
import { currentContext } from '../../active-context.ts';
import type { Baggage } from '../../baggage.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { processState } from '../../process-state.ts';
import type { Span } from '../../span.ts';
import type { Incoming } from '../incoming.ts';
import { beginEventExecution, type Execution } from './execution.ts';
import type { Document, OperationFacts } from './operation-facts.ts';
import { isResultIterator, replaceMethod } from './watch-results.ts';

const { storage } = processState;

/** A subscription that has begun. */
interface Subscription {
  readonly document: Document;
  readonly facts: OperationFacts;
  /** Of the span of subscribing, which has ended. */
  readonly context: Context;
}

/** The context of one call of `next()`. */
class EventTurn implements Context {
  baggage: Baggage | undefined;
  readonly values: object | undefined;
  private readonly subscription: Subscription;
  private incoming: Incoming | undefined = undefined;
  private execution: Execution | undefined = undefined;
  private hasBegun = false;

  constructor(subscription: Subscription) {
    this.subscription = subscription;
    this.baggage = subscription.context.baggage;
    this.values = subscription.context.values;
  }

  get span(): Span | undefined {
    return this.incoming?.context.span;
  }

  /** The event is there. */
  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    const { document, facts, context } = this.subscription;
    const begun = beginEventExecution(document, facts, context, this);
    this.incoming = begun?.incoming;
    this.execution = begun?.execution;
  }

  finish(result: unknown): void {
    if (this.execution !== undefined) this.execution.finish(result);
    else this.incoming?.end();
  }

  fail(error: unknown): void {
    if (this.execution !== undefined) this.execution.fail(error);
    else this.incoming?.end();
  }
}

/** Gives each event of a stream a trace. @param stream What subscribing has resolved with; an error is none. */
export const traceEvents: (stream: unknown, execution: Execution, document: Document) => void = contained(
  (stream: unknown, execution: Execution, document: Document) => {
    if (!isResultIterator(stream)) return;
    const subscription: Subscription = { document, facts: execution.facts, context: execution.context() };
    replaceMethod(stream, 'next', (original) => {
      return function next(this: unknown, ...args) {
        const turn = new EventTurn(subscription);
        const answer = storage.run(turn as Context, () => original.apply(this, args));
        if (!(answer instanceof Promise)) return answer;
        return answer.then(
          (value: { readonly done?: boolean; readonly value?: unknown } | undefined) => {
            turn.finish(value?.value);
            return value;
          },
          (error) => {
            turn.fail(error);
            throw error;
          },
        );
      };
    });
  },
);

const watchedSources = new WeakSet<object>();

/** Watches the stream of the application, whose next event begins an execution. @returns What was given. */
export function watchSource<Source>(source: Source): Source {
  watch(source);
  return source;
}

const watch = contained((source: unknown) => {
  if (!isResultIterator(source) || watchedSources.has(source)) return;
  watchedSources.add(source);
  replaceMethod(source, 'next', (original) => {
    return function next(this: unknown, ...args) {
      const turn = currentContext();
      const answer = original.apply(this, args);
      if (!(turn instanceof EventTurn) || !(answer instanceof Promise)) return answer;
      return answer.then((value: { readonly done?: boolean } | undefined) => {
        if (value?.done !== true) turn.begin();
        return value;
      });
    };
  });
});

/** The execution of an event begins in the context that runs. */
export function beginEvent(): void {
  const turn = currentContext();
  if (turn instanceof EventTurn) turn.begin();
}

/** Whether subscribing has succeeded. */
export function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
