/**
 * Records the exceptions of NestJS, which answers every exception of an HTTP request itself: neither Express nor Fastify sees one.
 * No public interface sees them all. The filter of a controller hides the global ones, and interceptors miss guards and middleware.
 *
 * All of them pass through `ExceptionsHandler.next(exception, host)` in NestJS 10 and 11: those of handlers, guards, pipes,
 * interceptors and middleware, and those of routes that do not exist. This file wraps that method once for each copy of NestJS. The
 * wrapper passes its arguments on unchanged.
 */
import { noteWrongUse } from './wrong-use.ts';

/**
 * Takes an exception, with the request as NestJS has it: the platform's, or Node's in a middleware on Fastify. Must not throw.
 *
 * @internal For `traceNest()` of our own adapters. May change in any version.
 */
export type NoteException = (request: object, exception: unknown) => void;

/** The undocumented properties of NestJS's objects that this file reads. */
interface NestInternals {
  readonly routesResolver: {
    readonly routerExceptionsFilter: {
      create(instance: object, callback: () => void, moduleKey: undefined): ExceptionsHandler;
    };
  };
}

interface ExceptionsHandler {
  next(exception: unknown, host: ArgumentsHost): unknown;
}

interface ArgumentsHost {
  getArgByIndex(index: number): unknown;
}

/** The functions to call, kept on a handler's prototype for all copies of this package. */
const notesKey: unique symbol = Symbol.for('waymark.nestjs.notes.v1') as never;

interface WatchedPrototype extends ExceptionsHandler {
  [notesKey]?: Set<NoteException>;
}

/**
 * Calls `note` with each exception of an app's requests, before NestJS answers it. Never throws.
 *
 * @internal For `traceNest()` of our own adapters. May change in any version.
 */
export function watchNestExceptions(app: object, note: NoteException): void {
  try {
    // NestJS makes the handler for routes that do not exist by the same call.
    const filters = (app as NestInternals).routesResolver.routerExceptionsFilter; // throws in a version without them
    const prototype = Object.getPrototypeOf(filters.create({}, () => {}, undefined)) as WatchedPrototype; // checked by wrapNext()
    const notes = prototype[notesKey] ?? wrapNext(prototype);
    notes.add(note);
  } catch {
    noteWrongUse('nest-unknown');
  }
}

function wrapNext(prototype: WatchedPrototype): Set<NoteException> {
  const { next: original } = prototype;
  if (typeof original !== 'function') throw new TypeError('ExceptionsHandler has no next()');
  const notes = new Set<NoteException>();

  function next(this: ExceptionsHandler, exception: unknown, host: ArgumentsHost): unknown {
    try {
      const request = host.getArgByIndex(0);
      if (typeof request === 'object' && request !== null) for (const note of notes) note(request, exception);
    } catch {
      // NestJS gets the exception all the same.
    }
    return original.call(this, exception, host);
  }

  Object.defineProperty(prototype, notesKey, { value: notes });
  prototype.next = next;
  return notes;
}
