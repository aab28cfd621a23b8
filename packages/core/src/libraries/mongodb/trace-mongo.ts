/** MongoDB's driver: what the application passes, or what is found loaded, and from when on its commands are traced. */
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import { callerOfDriver, recordUnsent } from './command-span.ts';
import { type MongoClientLike, wrapDriver } from './driver-classes.ts';

/** The driver's exports. */
interface MongoModule {
  readonly MongoClient: { readonly prototype: MongoClientLike };
}

/**
 * Traces the commands of MongoDB's driver (`mongodb` 6 and 7): those of all clients of the same copy of the driver, also if they are
 * connected already. `tracing()` does so by itself; this function is for bundles and tests.
 *
 * Each command has a span below the span that was active where the application called: `find users`, and `getMore users` for each
 * further batch of a cursor. So has each attempt of a retried command. An operation that fails before a command is sent, because no
 * server or connection is available, has one, too. Recorded are database, collection, command, the number of documents in a reply and of
 * operations in a batch, the error's code, and the server. Filters, documents and pipelines are not.
 *
 * Not traced: what the driver sends by itself (`hello`, authentication, `endSessions`), and `ping`.
 *
 * @param target A `MongoClient`, the class `MongoClient`, or the exports of `mongodb`.
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * const client = traceMongo(new MongoClient(url));
 */
export function traceMongo<Target extends object>(target: Target): Target {
  return traceGiven('mongodb', traceMongodb, target, 'traceMongo(client)', 'a MongoClient, or the exports of mongodb');
}

/** Traces the copy of the driver that a client, the class `MongoClient`, or the exports of `mongodb` belong to. */
export function traceMongodb(target: unknown): ReturnType<Trace> {
  const prototype = clientPrototypeOf(target);
  if (prototype === undefined) return undefined;
  if (isTracedByOthers(target)) return 'foreign';
  // The classes that send commands are found at the first client that has connected.
  let isWrapped = isClient(target) && wrapDriver(target);
  const look = contained((client: MongoClientLike) => {
    if (!isWrapped) isWrapped = wrapDriver(client);
  });
  if (isWrapped) return 'methods';
  // Each operation starts a session after it has connected the client, unless the application passes one.
  wrapOnce(prototype, 'startSession', (original) => {
    return function startSession(this: MongoClientLike, ...args) {
      look(this);
      return original.apply(this, args);
    };
  });
  wrapOnce(prototype, 'connect', (original) => {
    return function connect(this: MongoClientLike, ...args) {
      if (isWrapped) return original.apply(this, args);
      const caller = contained(callerOfDriver)();
      const startTime = performance.now();
      const connected = original.apply(this, args);
      look(this);
      if (!(connected instanceof Promise)) return connected;
      const failed = contained((error: unknown) => {
        // The driver asked for a server before its method was wrapped.
        if (caller !== undefined) recordUnsent(caller, 'handshake', undefined, undefined, startTime, error);
      });
      // Not beside the promise that is returned: a rejection without a handler of the application would go unnoticed.
      return connected.then(
        (client) => {
          look(this);
          return client;
        },
        (error) => {
          failed(error);
          throw error;
        },
      );
    };
  });
  return 'methods';
}

/** Whether OpenTelemetry's instrumentation has wrapped this copy. Its file is beside that of the exports. */
function isTracedByOthers(target: unknown): boolean {
  const cache = readProperty(Module, '_cache') as Readonly<Record<string, { readonly exports?: unknown } | undefined>>;
  for (const path of Object.keys(cache ?? {})) {
    if (cache[path]?.exports !== target) continue;
    const sibling = cache[join(dirname(path), 'cmap', 'connection.js')]?.exports;
    const command = readProperty(readProperty(readProperty(sibling, 'Connection'), 'prototype'), 'command');
    return typeof command === 'function' && isWrappedByOthers(command);
  }
  return false;
}

function clientPrototypeOf(target: unknown): MongoClientLike | undefined {
  if (target === undefined || target === null) return undefined;
  if (isClient(target)) return Object.getPrototypeOf(target) as MongoClientLike;
  const { prototype } = target as { prototype?: unknown };
  if (typeof target === 'function') return isClient(prototype) ? prototype : undefined;
  const { MongoClient } = target as Partial<MongoModule>;
  return isClient(MongoClient?.prototype) ? MongoClient.prototype : undefined;
}

function isClient(value: unknown): value is MongoClientLike {
  if (typeof value !== 'object' || value === null) return false;
  const { connect, startSession, db } = value as Record<string, unknown>;
  return typeof connect === 'function' && typeof startSession === 'function' && typeof db === 'function';
}
