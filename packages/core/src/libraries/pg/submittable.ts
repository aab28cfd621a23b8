/**
 * A query that the application has made itself: `pg.Query`, a cursor, a stream of rows, a stream of COPY. The client calls its
 * `handle…` methods with what the server answers, in the context in which the connection was opened. Until it is done, they are
 * replaced by methods that run in the caller's context, where it emits its events, and that see its rows and its end.
 */
import { bind } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { failQuery } from '../fail-query.ts';
import type { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import type { Submittable } from './pg-types.ts';

const handlers = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleCopyData',
  'handleReadyForQuery',
  'handleError',
] as const;

type HandlerName = (typeof handlers)[number];

/** Of a cursor. A stream has methods of these names too, which the application does not pass callbacks to. */
const cursorMethods = ['read', 'close'] as const;

/** The text and the parameters of a query; a stream of rows has them in its cursor. */
export function statementOf(submittable: Submittable): { readonly text: string; readonly values: unknown } {
  const { text, values } = submittable;
  if (typeof text === 'string') return { text, values };
  const cursor = submittable.cursor as { readonly text?: unknown; readonly values?: unknown } | undefined;
  return { text: typeof cursor?.text === 'string' ? cursor.text : '', values: cursor?.values };
}

/** Watches a query that the client is going to run, until its end. */
export function watchSubmittable(
  submittable: Submittable,
  caller: Context | undefined,
  operation: Operation | undefined,
): void {
  const replaced: [name: string, before: PropertyDescriptor | undefined][] = [];
  let rows = 0;
  let hasRows = false;

  function replace(name: string, method: AnyFunction): void {
    replaced.push([name, Object.getOwnPropertyDescriptor(submittable, name)]);
    Object.defineProperty(submittable, name, { value: method, writable: true, enumerable: false, configurable: true });
  }

  function restore(): void {
    for (const [name, before] of replaced.splice(0)) {
      if (before === undefined) delete (submittable as Record<string, unknown>)[name];
      else Object.defineProperty(submittable, name, before);
    }
  }

  const note = contained((name: HandlerName, argument: unknown) => {
    if (name === 'handleDataRow') rows++;
    else if (name === 'handleRowDescription') hasRows = true;
    else if (name === 'handleReadyForQuery') {
      restore();
      // pg.Query reports a row that it could not parse at the end.
      const parsing: unknown = submittable._canceledDueToError;
      if (operation === undefined) return;
      if (parsing) failQuery(operation, parsing);
      else {
        if (hasRows) operation.set('db.response.returned_rows', rows);
        operation.end();
      }
    } else if (name === 'handleError') {
      restore();
      if (operation !== undefined) failQuery(operation, submittable._canceledDueToError || argument);
    }
  });

  for (const name of handlers) {
    const original = submittable[name];
    if (typeof original !== 'function') continue;
    replace(name, function handleInCaller(this: unknown, ...args: unknown[]) {
      note(name, args[0]);
      return runInCaller(caller, original as AnyFunction, this, args);
    });
  }
  if (typeof submittable._getRows !== 'function') return;
  for (const name of cursorMethods) {
    const original = submittable[name] as AnyFunction;
    replace(name, function bindCallback(this: unknown, ...args: unknown[]) {
      const last = args.length - 1;
      if (typeof args[last] === 'function') args[last] = bind(args[last] as AnyFunction);
      return Reflect.apply(original, this, args);
    });
  }
}
