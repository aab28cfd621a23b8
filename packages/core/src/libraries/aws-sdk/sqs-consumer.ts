/**
 * The package sqs-consumer: `process orders` for each message that its handler gets, or for each batch. It has no official seam around the handler, so
 * the methods that call it are replaced; they have had the same names since its version 5.
 *
 * @see https://bbc.github.io/sqs-consumer/
 */
import { readProperty } from '../../read-property.ts';
import type { Incoming } from '../incoming.ts';
import { runOutside } from '../run-outside.ts';
import type { Trace } from '../trace.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import { beginProcessing } from './begin-processing.ts';
import { stringIn } from './input-value.ts';

interface ConsumerPrototype {
  readonly poll: unknown;
  readonly executeHandler: (message: unknown) => unknown;
  readonly executeBatchHandler?: (messages: unknown) => unknown;
}

/** The class's prototype, in the exports of the package, in the class, or in an instance. */
export function findConsumer(given: unknown): ConsumerPrototype | undefined {
  const places = [
    readProperty(readProperty(given, 'Consumer'), 'prototype'),
    readProperty(given, 'prototype'),
    typeof given === 'object' && given !== null ? Object.getPrototypeOf(given) : undefined,
  ];
  return places.find(
    (place) =>
      typeof readProperty(place, 'executeHandler') === 'function' && typeof readProperty(place, 'poll') === 'function',
  ) as ConsumerPrototype | undefined; // just looked at
}

export function traceConsumer(prototype: ConsumerPrototype): ReturnType<Trace> {
  if (isWrappedByOthers(prototype.executeHandler)) return 'foreign';
  runOutside(prototype, 'poll'); // the loop is not below the request that happens to start it
  traceHandler(prototype, 'executeHandler', false);
  traceHandler(prototype, 'executeBatchHandler', true);
  return 'methods';
}

function traceHandler(prototype: ConsumerPrototype, name: keyof ConsumerPrototype, isBatch: boolean): void {
  wrapOnce(
    prototype,
    name,
    (original) =>
      function handle(this: unknown, ...args: unknown[]) {
        const messages = isBatch && Array.isArray(args[0]) ? args[0] : [args[0]];
        const incoming = beginProcessing(messages, stringIn(this, 'queueUrl'), isBatch);
        return incoming === undefined ? original.apply(this, args) : follow(incoming, () => original.apply(this, args));
      },
  );
}

/** The consumer rejects with an error of its own, whose cause is that of the handler. */
async function follow(incoming: Incoming, call: () => unknown): Promise<unknown> {
  try {
    const result = await incoming.enter(call);
    incoming.end();
    return result;
  } catch (error) {
    incoming.fail(readProperty(error, 'cause') ?? error);
    throw error;
  }
}
