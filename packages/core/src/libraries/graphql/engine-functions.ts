/** The functions of an engine, as wrapped ones: GraphQL's own of version 16, and those of `@graphql-tools/executor`. */
import { types } from 'node:util';
import { currentContext } from '../../active-context.ts';
import { contained } from '../../count-fault.ts';
import { processState } from '../../process-state.ts';
import { tracedCaller } from '../caller.ts';
import { beginExecution, type Execution, nowOf, recordRefusal } from './execution.ts';
import { factsOf, isParsedDocument } from './operation-facts.ts';
import { beginEvent, isStream, traceEvents } from './subscription.ts';
import { defaultResolver, traceResolver, traceSchema } from './trace-schema.ts';

const { storage } = processState;

/** The arguments of `execute()` and `subscribe()`, which are one object since version 16. */
export interface ExecutionArgs {
  readonly schema?: unknown;
  readonly document?: unknown;
  readonly operationName?: unknown;
  readonly contextValue?: unknown;
  readonly fieldResolver?: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: engines' functions, whose arguments are passed on
type EngineFunction = (this: any, ...args: any[]) => unknown;

const begin = contained((args: ExecutionArgs, isSubscribing: boolean): Execution | undefined => {
  const { document } = args;
  if (!isParsedDocument(document)) return undefined;
  // A subscription is executed for each event, also where the function that subscribes could not be replaced.
  const isEvent = !isSubscribing && factsOf(document, args.operationName).type === 'subscription';
  if (isEvent) beginEvent();
  const form = isEvent ? 'event' : undefined;
  const execution = beginExecution(document, args.operationName, args.contextValue, form);
  if (execution !== undefined) traceSchema(args.schema);
  return execution;
});

/** Version 16 and later take one object. */
function isArgs(args: readonly unknown[]): args is [ExecutionArgs] {
  return args.length === 1 && typeof args[0] === 'object' && args[0] !== null;
}

/** The arguments, with a resolver for the fields without one that traces methods. */
function withResolver(args: ExecutionArgs): ExecutionArgs {
  const { fieldResolver } = args;
  if (fieldResolver === undefined || fieldResolver === null) return { ...args, fieldResolver: defaultResolver };
  return typeof fieldResolver === 'function'
    ? { ...args, fieldResolver: traceResolver(fieldResolver as Parameters<typeof traceResolver>[0]) }
    : args;
}

/** `execute()`: a span for each execution, in whose context the resolvers run. */
export function wrapExecute(original: EngineFunction): EngineFunction {
  return function execute(this: unknown, ...args) {
    const given = args[0] as ExecutionArgs | undefined;
    const execution = isArgs(args) ? begin(args[0], false) : undefined;
    if (execution === undefined) return original.apply(this, args);
    const traced = execution.maxResolvers === 0 ? given : withResolver(given as ExecutionArgs);
    return runExecution(execution, () => original.call(this, traced));
  };
}

/** Runs what executes an operation in the context of its span, which ends with it. */
export function runExecution(execution: Execution, run: () => unknown): unknown {
  let result: unknown;
  try {
    result = storage.run(execution.context(), run);
  } catch (error) {
    execution.fail(error);
    throw error;
  }
  if (!isThenable(result)) {
    execution.finish(result);
    return result;
  }
  return result.then(
    (value) => {
      execution.finish(value);
      return value;
    },
    (error) => {
      execution.fail(error);
      throw error;
    },
  );
}

/** `subscribe()`: a span for subscribing, and one for each event. */
export function wrapSubscribe(original: EngineFunction): EngineFunction {
  return function subscribe(this: unknown, ...args) {
    const given = args[0] as ExecutionArgs | undefined;
    const execution = isArgs(args) ? begin(args[0], true) : undefined;
    if (execution === undefined) return original.apply(this, args);
    return runSubscribing(execution, given?.document, () => original.apply(this, args));
  };
}

function runSubscribing(execution: Execution, document: unknown, run: () => unknown): unknown {
  const settle = (result: unknown) => {
    if (isParsedDocument(document) || typeof document === 'string') traceEvents(result, execution, document);
    execution.finish(isStream(result) ? undefined : result);
  };
  let result: unknown;
  try {
    result = storage.run(execution.context(), run);
  } catch (error) {
    execution.fail(error);
    throw error;
  }
  if (!isThenable(result)) {
    settle(result);
    return result;
  }
  return result.then(
    (value) => {
      settle(value);
      return value;
    },
    (error) => {
      execution.fail(error);
      throw error;
    },
  );
}

interface Thenable {
  then(onFulfilled: (value: unknown) => unknown, onRejected: (error: unknown) => unknown): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return types.isPromise(value) || typeof (value as Partial<Thenable> | null | undefined)?.then === 'function';
}

/** `parse()`: a span for a document that does not parse. */
export function wrapParse(original: EngineFunction): EngineFunction {
  return function parse(this: unknown, ...args) {
    const startMs = nowIfTraced();
    if (startMs === undefined) return original.apply(this, args);
    try {
      return original.apply(this, args);
    } catch (error) {
      noteSyntaxError(args[0], error, startMs);
      throw error;
    }
  };
}

const noteSyntaxError = contained((source: unknown, error: unknown, startMs: number) => {
  const body: unknown = typeof source === 'string' ? source : (source as { readonly body?: unknown } | undefined)?.body;
  if (typeof body === 'string') recordRefusal(body, undefined, [error], startMs);
});

/** `validate()`: a span for a document that is not valid. */
export function wrapValidate(original: EngineFunction): EngineFunction {
  return function validate(this: unknown, ...args) {
    const startMs = nowIfTraced();
    const errors = original.apply(this, args);
    if (startMs !== undefined && Array.isArray(errors) && errors.length > 0) noteInvalid(args[1], errors, startMs);
    return errors;
  };
}

const noteInvalid = contained((document: unknown, errors: readonly unknown[], startMs: number) => {
  if (isParsedDocument(document)) recordRefusal(document, undefined, errors, startMs);
});

/** Unix milliseconds, if what happens now has a span. */
const nowIfTraced = contained((): number | undefined => {
  if (currentContext() === undefined) return undefined;
  const caller = tracedCaller('graphql');
  return caller === undefined ? undefined : nowOf(caller);
});
