/**
 * Batches of `dataloader`: a span for each batch that a traced caller has a part in. It is below the first of them, as is the code of the
 * batch function, and linked to the others.
 */
import type { Context } from '../context.ts';
import { contained, countFault } from '../count-fault.ts';
import { failBy } from '../passing-exceptions.ts';
import { processState } from '../process-state.ts';
import { readProperty } from '../read-property.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { wrapOnce } from './wrap-once.ts';

const { storage } = processState;

/** The parts of a loader that are used here: of dataloader 2. */
interface Loader {
  readonly name?: unknown;
  /** The batch that loads are added to. */
  readonly _batch?: { readonly keys: readonly unknown[] } | null;
  _batchLoadFn: BatchFunction;
  load(key: unknown): unknown;
}

type BatchFunction = (this: unknown, keys: readonly unknown[], ...rest: unknown[]) => unknown;
type Method = (this: Loader, ...args: unknown[]) => unknown;

/**
 * Traces the batches of `dataloader` 2. `tracing()` does so by itself; this function is for bundles and tests.
 *
 * A span such as `dataloader.batch users` is below the first caller of `load()`, and linked to the other callers. Queries of the batch
 * function are below it. Values from the cache have no span.
 *
 * @param DataLoader The class.
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * traceDataloader(DataLoader);
 */
export function traceDataloader<Given extends object>(DataLoader: Given): Given {
  return traceGiven(
    'dataloader',
    traceDataloaderClass,
    DataLoader,
    'traceDataloader(DataLoader)',
    'the class of dataloader',
  );
}

export function traceDataloaderClass(given: unknown): ReturnType<Trace> {
  // An ES module's `import * as` has the class below `default` only.
  const prototype = prototypeOf(given) ?? prototypeOf(readProperty(given, 'default'));
  if (prototype === undefined) return undefined;
  return wrapOnce(prototype, 'load', wrapLoad) === 'foreign' ? 'foreign' : 'methods';
}

function prototypeOf(given: unknown): Loader | undefined {
  const prototype = typeof given === 'function' ? (given.prototype as Partial<Loader> | undefined) : undefined;
  return typeof prototype?.load === 'function' && 'loadMany' in prototype ? (prototype as Loader) : undefined;
}

/** The traced callers that have added a key to a batch, by its list of keys. */
const callersByKeys = new WeakMap<readonly unknown[], Context[]>();

function wrapLoad(original: Method): Method {
  return function load(this: Loader, ...args) {
    const caller = tracedCaller('dataloader');
    if (caller === undefined) return original.apply(this, args);
    const before = keysOf(this);
    const count = before?.length;
    const result = original.apply(this, args);
    const keys = keysOf(this);
    // A value from the cache adds no key.
    if (keys !== undefined && (keys !== before || keys.length !== count) && keys.length > 0)
      noteCaller(this, keys, caller);
    return result;
  };
}

function keysOf(loader: Loader): readonly unknown[] | undefined {
  const keys = readProperty(readProperty(loader, '_batch'), 'keys');
  return Array.isArray(keys) ? keys : undefined;
}

const noteCaller = contained((loader: Loader, keys: readonly unknown[], caller: Context) => {
  const callers = callersByKeys.get(keys);
  if (callers === undefined) {
    wrapOnce(loader, '_batchLoadFn', wrapBatchFunction);
    callersByKeys.set(keys, [caller]);
  } else if (callers.at(-1)?.span !== caller.span) callers.push(caller);
});

function wrapBatchFunction(original: BatchFunction): BatchFunction {
  return function batch(this: unknown, keys, ...rest) {
    const operation = begin(this, keys);
    if (operation === undefined) return original.call(this, keys, ...rest);
    let result: unknown;
    try {
      result = storage.run(operation.context(), () => original.call(this, keys, ...rest));
    } catch (error) {
      fail(operation, error);
      throw error;
    }
    if (!(result instanceof Promise)) {
      operation.end(); // not a promise, or one that starts its work when dataloader calls `then`
      return result;
    }
    // Dataloader awaits it, too, so a rejection is handled.
    result.then(
      () => operation.end(),
      (error) => fail(operation, error),
    );
    return result;
  };
}

const begin = contained((loader: unknown, keys: readonly unknown[]): Operation | undefined => {
  const callers = callersByKeys.get(keys);
  const first = callers?.[0];
  if (callers === undefined || first === undefined) return undefined;
  callersByKeys.delete(keys);
  const name = readProperty(loader, 'name');
  const isNamed = typeof name === 'string' && name !== '';
  return Operation.begin(first, {
    library: 'dataloader',
    name: isNamed ? `dataloader.batch ${name}` : 'dataloader.batch',
    kind: 'internal',
    attributes: ['dataloader.batch.size', keys.length, ...(isNamed ? ['dataloader.name', name] : [])],
    links: linksTo(callers.slice(1)),
  });
});

function linksTo(callers: readonly Context[]) {
  const seen = new Set<unknown>();
  return callers.flatMap(({ span }) => {
    if (!isWaymarkSpan(span) || seen.has(span)) return [];
    seen.add(span);
    return [{ context: span.spanContext() }];
  });
}

/** The exception is recorded here: the callers get an error that dataloader may have made of it. */
function fail(operation: Operation, error: unknown): void {
  try {
    if (operation.recording !== undefined) failBy(operation.recording, error, undefined);
  } catch (fault) {
    countFault(fault);
  }
  operation.fail(error);
}
