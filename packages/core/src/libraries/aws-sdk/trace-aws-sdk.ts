/**
 * The spans of the AWS SDK, version 3: one for each command, around all its attempts.
 *
 * The seam is `send()` of the class that all clients extend. It passes on a stand-in for the client, whose stack of middleware has ours
 * in addition. The application's stack is not changed: `getSignedUrl()` copies it, and a URL that is signed is no call.
 */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { outside } from '../../outside-context.ts';
import { readProperty } from '../../read-property.ts';
import { optionsOf } from '../caller.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapOnce } from '../wrap-once.ts';
import { addressMiddleware } from './address-middleware.ts';
import { ClientFacts } from './client-facts.ts';
import { commandMiddleware } from './command-middleware.ts';
import type { AwsClient, Middleware, MiddlewareStack } from './sdk-types.ts';
import { findConsumer, traceConsumer } from './sqs-consumer.ts';

/** Traces the exports of the module that has the class `Client`, those of a client's package, a class or a client; and sqs-consumer. */
export const trace: Trace = (given) => {
  const consumer = findConsumer(given);
  if (consumer !== undefined) return traceConsumer(consumer);
  const prototype = findPrototype(given);
  if (prototype === undefined) return undefined;
  const outcome = wrapOnce(
    prototype as { send: unknown },
    'send',
    (original) =>
      function send(this: AwsClient, ...args: unknown[]) {
        return original.apply(standInOf(this), args);
      },
  );
  return outcome === 'foreign' ? 'foreign' : 'methods';
};

/** By client. A stand-in keeps what `send()` writes to the client: the handlers of the option `cacheMiddleware`. */
const standIns = new WeakMap<AwsClient, AwsClient>();

function standInOf(client: AwsClient): AwsClient {
  try {
    if (optionsOf('aws-sdk', currentContext() ?? outside) === undefined) return client;
    let standIn = standIns.get(client);
    if (standIn === undefined) {
      const onCommand = commandMiddleware(new ClientFacts(client.config));
      standIn = Object.create(client, { middlewareStack: { get: () => tracedStack(client, onCommand) } }) as AwsClient;
      standIns.set(client, standIn);
    }
    return standIn;
  } catch (error) {
    countFault(error);
    return client;
  }
}

/** The stack as it is now, since middleware may be added at any time. */
function tracedStack({ middlewareStack }: AwsClient, onCommand: Middleware): MiddlewareStack {
  try {
    const stack = middlewareStack.clone();
    stack.add(onCommand, { step: 'initialize', name: 'waymarkCommand', priority: 'high', override: true });
    stack.add(addressMiddleware, { step: 'build', name: 'waymarkAddress', priority: 'low', override: true });
    return stack;
  } catch (error) {
    countFault(error);
    return middlewareStack;
  }
}

/** The prototype that has `send()`: that of the class which all clients extend. */
function findPrototype(given: unknown): object | undefined {
  if (typeof given === 'function') return lowestSender(readProperty(given, 'prototype'));
  const own = lowestSender(given);
  if (own !== undefined) return own;
  if (typeof given !== 'object' || given === null) return undefined;
  for (const name of ['Client', '__Client', ...Object.keys(given).filter((key) => key.endsWith('Client'))]) {
    const exported = readProperty(given, name);
    const prototype = typeof exported === 'function' ? lowestSender(readProperty(exported, 'prototype')) : undefined;
    if (prototype !== undefined) return prototype;
  }
  return undefined;
}

/** The application's class may have a `send()` that calls this one. */
function lowestSender(start: unknown): object | undefined {
  let found: object | undefined;
  let object = start;
  while (typeof object === 'object' && object !== null && object !== Object.prototype) {
    const isSender = ['send', 'destroy'].every((name) => typeof readProperty(object, name) === 'function');
    // Of an instance only what its class has.
    if (isSender && Object.hasOwn(object, 'send') && Object.hasOwn(object, 'constructor')) found = object;
    object = Object.getPrototypeOf(object);
  }
  return found;
}

/**
 * Traces the AWS SDK for JavaScript, version 3: pass a client, its class, or the exports of its package. All clients that share the SDK's
 * base class are traced from then on. The class `Consumer` of `sqs-consumer` is traced in the same way.
 *
 * A command has one span around all its attempts, whose HTTP requests are below it. SQS and SNS have producer spans, and their messages carry
 * the context in their attributes, as far as there is room: a message has at most ten. DynamoDB, S3, Lambda and Bedrock have the
 * attributes of their conventions.
 *
 * Not recorded: keys and values of items, keys of objects, bodies, payloads, phone numbers, prompts and answers. Not traced: a URL that is only signed.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/
 * @example
 * const sqs = traceAwsSdk(new SQSClient());
 */
export function traceAwsSdk<Given extends object>(sdk: Given): Given {
  return traceGiven(
    'aws-sdk',
    (given) => trace(given, undefined),
    sdk,
    'traceAwsSdk(client)',
    'a client of the AWS SDK, its class, or the exports of its package',
  );
}
