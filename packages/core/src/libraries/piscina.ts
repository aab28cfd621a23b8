/** Traces the tasks of Piscina and of Tinypool, which has the same class. */
import { basename } from 'node:path';
import { isPromise } from 'node:util/types';
import { currentContext } from '../active-context.ts';
import { Context } from '../context.ts';
import { contained } from '../count-fault.ts';
import type { TracedBy } from '../found-libraries.ts';
import { processState } from '../process-state.ts';
import { readProperty } from '../read-property.ts';
import { tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';
import { traceGiven } from './trace-given.ts';
import { type WrapOutcome, wrapOnce } from './wrap-once.ts';

/**
 * Traces [Piscina](https://github.com/piscinajs/piscina) 4 and 5, and [Tinypool](https://github.com/tinylibs/tinypool) 1 and 2. `tracing()` and
 * `getTracer()` do it by themselves for one that they can find; call this in a bundle, and for Tinypool on Node below 22.15.
 *
 * Each `run()` below an active span has a span until its result is there, with the time that the task has waited for a thread
 * (`piscina.wait_time`, in seconds; not for Tinypool). The context does not reach the thread: a task is copied to it as it is.
 *
 * @param piscina The class, or the exports of the package.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import { Piscina } from 'piscina';
 * tracePiscina(Piscina);
 */
export function tracePiscina<Given>(piscina: Given): Given {
  return traceGiven('piscina', wrapPiscina, piscina, 'tracePiscina(Piscina)', 'the class Piscina or Tinypool');
}

/** For the table of libraries. */
export function wrapPiscina(given: unknown): TracedBy | 'foreign' | undefined {
  const task = prototypeOf(readProperty(given, 'TaskInfo'));
  if (task !== undefined) return tracedBy(wrapOnce(task as { done: unknown }, 'done', noteWait));
  const pool = ['Piscina', 'Tinypool', 'default'].map((name) => readProperty(given, name)).find(isPool) ?? given;
  return isPool(pool) ? tracedBy(wrapOnce(prototypeOf(pool) as { run: unknown }, 'run', traceRuns)) : undefined;
}

function tracedBy(outcome: WrapOutcome): TracedBy | 'foreign' | undefined {
  return outcome === 'missing' ? undefined : outcome === 'foreign' ? 'foreign' : 'methods';
}

function prototypeOf(given: unknown): object | undefined {
  const prototype = typeof given === 'function' ? readProperty(given, 'prototype') : undefined;
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
}

function isPool(given: unknown): boolean {
  const prototype = prototypeOf(given);
  return prototype !== undefined && 'run' in prototype && 'queueSize' in prototype && 'threads' in prototype;
}

/** The operation of each context in which a task is made. The task keeps the context, and the context must not keep the request. */
const operations = new WeakMap<Context, Operation>();

const { storage } = processState;

function traceRuns(run: (...args: unknown[]) => unknown) {
  return function runTask(this: unknown, ...args: unknown[]): unknown {
    const context = currentContext();
    const operation = context === undefined ? undefined : begin(this, args[1]);
    if (context === undefined) return run.apply(this, args);
    // A thread that the pool starts meanwhile lives longer than the request. It is not below it, and does not keep it in memory.
    const outside = new Context(undefined, undefined);
    if (operation === undefined) return storage.run(outside, () => run.apply(this, args));
    operations.set(outside, operation);
    let result: unknown;
    try {
      result = storage.run(outside, () => run.apply(this, args));
    } catch (error) {
      finish(operation, outside, error);
      throw error;
    }
    if (!isPromise(result)) {
      operation.end();
      return result;
    }
    // The caller gets the promise that settles after this one, so that Node still reports a rejection that is not handled.
    return result.then(
      (value) => {
        finish(operation, outside);
        return value;
      },
      (error) => {
        finish(operation, outside, error);
        throw error;
      },
    );
  };
}

const begin = contained((pool: unknown, options: unknown): Operation | undefined => {
  const caller = tracedCaller('piscina');
  if (caller === undefined) return undefined;
  const ofPool = readProperty(pool, 'options');
  const file = fileName(readProperty(options, 'filename') ?? readProperty(ofPool, 'filename'));
  const name = readProperty(options, 'name') ?? readProperty(ofPool, 'name');
  const functionName = typeof name === 'string' && name !== 'default' ? name : undefined;
  const operation = Operation.begin(caller, {
    library: 'piscina',
    name: ['run', file, functionName].filter((part) => part !== undefined).join(' '),
    kind: 'internal',
    attributes: [],
  });
  operation?.set('piscina.task.file', file);
  operation?.set('piscina.task.name', functionName);
  return operation;
});

/** The file without its folders: a path, or a `file:` URL, whose query may be anything. */
function fileName(given: unknown): string | undefined {
  return typeof given === 'string' ? basename(given.replace(/[?#].*$/, '')) || undefined : undefined;
}

const finish = contained((operation: Operation, outside: Context, ...failure: [error?: unknown]) => {
  operations.delete(outside);
  if (failure.length > 0) operation.fail(failure[0]);
  else operation.end();
});

/** A task of Piscina: an AsyncResource, which remembers the context in which it was made. */
interface TaskInfo {
  /** Readings of `performance.now()`; `started` is 0 if it was never sent to a thread. */
  readonly created: number;
  readonly started: number;
  runInAsyncScope<Result>(fn: () => Result): Result;
}

function noteWait(done: (...args: unknown[]) => unknown) {
  return function noted(this: TaskInfo, ...args: unknown[]): unknown {
    note(this);
    return done.apply(this, args);
  };
}

const note = contained((task: TaskInfo) => {
  const context = task.runInAsyncScope(currentContext);
  const waitMs = task.started - task.created;
  if (context !== undefined && waitMs >= 0) operations.get(context)?.set('piscina.wait_time', waitMs / 1000);
});
