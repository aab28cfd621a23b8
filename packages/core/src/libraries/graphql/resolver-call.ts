/**
 * One call of a resolver. It is the context in which the resolver runs, and it makes its span only when that is needed: something reads
 * the active span, such as a query that starts below it, or the resolver returns a promise, or fails. A resolver that returns a property has
 * no span and costs little.
 */
import { types } from 'node:util';
import { currentContext } from '../../active-context.ts';
import type { Baggage } from '../../baggage.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { failBy } from '../../passing-exceptions.ts';
import { processState } from '../../process-state.ts';
import { readProperty } from '../../read-property.ts';
import type { RecordingSpan } from '../../recording-span.ts';
import type { Span } from '../../span.ts';
import type { ChannelOperation } from '../channel-subscriber.ts';
import { Operation } from '../operation.ts';
import { type Execution, errorTypeOf } from './execution.ts';

const { storage } = processState;

/** The path of a field in the response: `basket.items.0.price`. */
interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
}

/** The path, or the message of GraphQL 17's channel, which makes a string of it when it is read. */
type FieldPath = Path | { readonly fieldPath: string };

/** What GraphQL passes to a resolver as its fourth argument: the part that is used here. */
export interface ResolveInfo {
  readonly fieldName: string;
  readonly parentType: { readonly name: string };
  readonly path: Path;
}

export class ResolverCall implements Context, ChannelOperation {
  baggage: Baggage | undefined;
  readonly values: object | undefined;
  private readonly execution: Execution;
  private readonly typeName: string;
  private readonly fieldName: string;
  private readonly path: FieldPath;
  private readonly startMs: number;
  private made: Operation | undefined = undefined;
  /** Whether the span has been asked for: then it is made, or it is one too many of its field. */
  private isAsked = false;

  constructor(execution: Execution, typeName: string, fieldName: string, path: FieldPath) {
    const around = currentContext() ?? execution.context();
    this.baggage = around.baggage;
    this.values = around.values;
    this.execution = execution;
    this.typeName = typeName;
    this.fieldName = fieldName;
    this.path = path;
    this.startMs = execution.nowMs();
  }

  /** The active span within the resolver. */
  get span(): Span | undefined {
    return this.recording() ?? this.execution.context().span;
  }

  context(): Context {
    return this;
  }

  private recording(): RecordingSpan | undefined {
    if (!this.isAsked) {
      // First: hooks on the start of spans may read the active span.
      this.isAsked = true;
      try {
        this.made = this.make();
      } catch (error) {
        countFault(error);
      }
    }
    return this.made?.recording;
  }

  private make(): Operation | undefined {
    const { execution, typeName, fieldName } = this;
    const name = `${typeName}.${fieldName}`;
    if (!execution.admit(name)) return undefined;
    const context = execution.context();
    const begin = () =>
      Operation.begin(context, {
        library: 'graphql',
        name,
        kind: 'internal',
        attributes: ['graphql.field.path', this.pathText(), 'graphql.field.name', fieldName],
        startTime: this.startMs,
      });
    // Hooks on the start of spans run in the context of the parent.
    return knownTracer(context.span)?.hooks === undefined ? begin() : storage.run(context, begin);
  }

  private pathText(): string {
    const { path } = this;
    if ('fieldPath' in path) return path.fieldPath;
    let text = String(path.key);
    for (let around = path.prev; around !== undefined; around = around.prev) text = `${around.key}.${text}`;
    return text;
  }

  /** Ends the span, if there is one. */
  end(): void {
    this.made?.end();
  }

  /** Ends the span as failed. The exception is recorded here, unless a span within has recorded it. */
  fail(error: unknown): void {
    const span = this.recording();
    if (span === undefined) return;
    try {
      failBy(span, error, undefined);
      span.setAttribute('error.type', errorTypeOf(error));
    } catch (fault) {
      countFault(fault); // reading the error has thrown
    }
    span.end();
  }

  /** Ends it by what the resolver has returned: GraphQL treats an error that is returned as one that is thrown. */
  settle(value: unknown): void {
    if (value instanceof Error) this.fail(value);
    else this.end();
  }

  /** Ends it by what the resolver has returned before it is awaited. @returns What GraphQL gets. */
  finish(result: unknown): unknown {
    if (types.isPromise(result) && readProperty(result, 'then') === Promise.prototype.then) {
      this.followPromise(result);
      return result;
    }
    if (isThenable(result)) return this.followThenable(result);
    if (this.made !== undefined && Array.isArray(result)) this.followList(result);
    else this.settle(result);
    return result;
  }

  /** The resolver has returned a promise. */
  awaitResult(): void {
    this.recording();
  }

  /** GraphQL awaits the promise, so a rejection is handled. */
  private followPromise(promise: Promise<unknown>): void {
    this.awaitResult();
    promise.then(
      (value) => this.settle(value),
      (error) => this.fail(error),
    );
  }

  /** A query builder starts its query each time that `then` is called: it is called once, within the resolver. */
  private followThenable(thenable: PromiseLike<unknown>): Promise<unknown> {
    this.awaitResult();
    return new Promise((resolve, reject) => {
      storage.run(this as Context, () => {
        thenable.then(
          (value) => {
            this.settle(value);
            resolve(value);
          },
          (error) => {
            this.fail(error);
            reject(error);
          },
        );
      });
    });
  }

  /** A list of promises, such as those of a dataloader. */
  private followList(list: readonly unknown[]): void {
    const promises = list.filter((one) => types.isPromise(one)) as Promise<unknown>[];
    if (promises.length === 0) {
      this.end();
      return;
    }
    let left = promises.length;
    const settle = () => {
      left--;
      if (left === 0) this.end();
    };
    for (const promise of promises) promise.then(settle, (error) => this.fail(error));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof readProperty(value, 'then') === 'function'
  );
}
