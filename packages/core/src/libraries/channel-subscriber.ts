/**
 * The spans of a library that publishes its operations on a `TracingChannel` of Node: one registration per process and channel.
 *
 * - The caller is the context in which `start` is published. It is kept by the message, which is the same object at all five events:
 *   on Node 26 the end of an operation may run in another context than on Node 20 to 24, and a driver calls back in the
 *   context in which the connection was opened.
 * - The span ends at the first of `end` with a result or an error, `asyncStart` and `asyncEnd`. For a callback, `asyncEnd` comes after
 *   the callback of the application has returned, so it would be too late.
 * - The callback of the application runs in the caller's context, also if the call has no span.
 *
 * @see https://nodejs.org/api/diagnostics_channel.html#tracingchannel-channels
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Context } from '../context.ts';
import { contained, countFault } from '../count-fault.ts';
import { processState } from '../process-state.ts';
import type { Operation } from './operation.ts';

/** What a subscription needs of an operation. An {@link Operation} has it. */
export interface ChannelOperation {
  /** The context for work that belongs below its span. */
  context(): Context;
  fail(error: unknown): void;
  end(): void;
}

export interface ChannelHandlers<Message extends object, Started extends ChannelOperation = Operation> {
  /** Starts the span of an operation; `undefined` for an operation without a span. It runs in the caller's context. */
  start(message: Message): Started | undefined;
  /** Records facts of the result. The span is ended afterwards. */
  succeed?(operation: Started, message: Message): void;
  /** Called if the operation goes on after its synchronous part. */
  goOn?(operation: Started): void;
  /** Ends the span as failed. Default: with the type and message of the error. */
  fail?(operation: Started, error: unknown, message: Message): void;
  /** Whether what runs inside the operation belongs below its span. Otherwise it belongs to the caller, as does the socket. */
  readonly nests: boolean;
}

/** A channel that has been subscribed to. */
export interface ChannelSubscription {
  /** Whether anything has been published since. */
  readonly isPublishing: boolean;
  stop(): void;
}

/** What is remembered of an operation until its end. */
interface Call<Started> {
  readonly caller: Context | undefined;
  /** Until it ends. */
  operation: Started | undefined;
  /** Whether the `start` event itself, which comes after the transform of the context, is still to come. */
  isStarting: boolean;
}

const subscriptionKey: unique symbol = Symbol.for('waymark.channel.v1') as never;

/** A channel, which is one object for all copies of this package in the process. */
type SharedChannel = Channel & {
  [subscriptionKey]?:
    | { readonly realm: object; readonly rank: number; contextInside(message: unknown): Context; stop(): void }
    | undefined;
};

/** Whether the channel `tracing:<name>:start` has a subscription of this module. */
export function isSubscribed(start: Channel): boolean {
  return (start as SharedChannel)[subscriptionKey]?.realm === globalThis;
}

/** The context for a message that is about to be published, from the subscription of the channel; the present one if there is none. */
export function contextForMessage(start: Channel, message: unknown): Context {
  return (start as SharedChannel)[subscriptionKey]?.contextInside(message) ?? (storage.getStore() as Context); // `undefined` outside any
}

const { storage } = processState;

/**
 * Subscribes to the channels `tracing:<name>:start` to `:error`.
 *
 * @param rank A subscription replaces one of lower rank, and not one of the same or a higher rank: what an application says of a
 *   channel replaces what Waymark knows of it.
 * @returns `undefined` if there is a subscription already, also of another copy of this package.
 */
export function subscribeChannel<Message extends object, Started extends ChannelOperation = Operation>(
  name: string,
  handlers: ChannelHandlers<Message, Started>,
  rank = 0,
): ChannelSubscription | undefined {
  const [start, end, asyncStart, asyncEnd] = (['start', 'end', 'asyncStart', 'asyncEnd'] as const).map((event) =>
    channel(`tracing:${name}:${event}`),
  ) as [SharedChannel, Channel, Channel, Channel];
  const before = start[subscriptionKey];
  // What a finished test file has left behind has the context of that file.
  if (before !== undefined && before.realm === globalThis && before.rank >= rank) return undefined;
  before?.stop();

  const calls = new WeakMap<object, Call<Started>>();
  let isPublishing = false;

  function begin(message: Message, isStarting: boolean): Call<Started> {
    isPublishing = true;
    const call: Call<Started> = { caller: storage.getStore(), operation: undefined, isStarting };
    calls.set(message, call); // first: a callback belongs to the caller also if there is no span
    try {
      call.operation = handlers.start(message);
    } catch (error) {
      countFault(error);
    }
    return call;
  }

  // What a transform throws would end the process, and what it returns becomes the context.
  function contextInside(message: unknown): Context {
    try {
      if (isMessage(message)) {
        const { caller, operation } = begin(message as Message, true); // the channel publishes this type
        return (handlers.nests ? (operation?.context() ?? caller) : caller) as Context; // `undefined` outside any context
      }
    } catch (error) {
      countFault(error);
    }
    return storage.getStore() as Context;
  }

  function contextOfCallback(message: unknown): Context {
    const call = calls.get(message as Message);
    return (call === undefined ? storage.getStore() : call.caller) as Context;
  }

  /** For a library that publishes `start` by itself, without a function to run in the context. */
  function startPlain(message: unknown): void {
    const call = calls.get(message as Message);
    if (call?.isStarting === true) call.isStarting = false;
    else if (isMessage(message)) begin(message as Message, false);
  }

  function finish(message: unknown): void {
    const call = calls.get(message as Message);
    const operation = call?.operation;
    if (operation === undefined) return;
    (call as Call<Started>).operation = undefined; // the call stays: a callback may come later, or twice
    try {
      if (Object.hasOwn(message as Message, 'error')) {
        const { error } = message as { error?: unknown };
        if (handlers.fail) handlers.fail(operation, error, message as Message);
        else operation.fail(error);
      } else handlers.succeed?.(operation, message as Message);
    } finally {
      operation.end(); // also if a handler throws
    }
  }

  function finishIfSettled(message: unknown): void {
    const call = calls.get(message as Message);
    if (call === undefined) return;
    if (Object.hasOwn(message as Message, 'error') || Object.hasOwn(message as Message, 'result')) finish(message);
    else if (call.operation !== undefined) handlers.goOn?.(call.operation);
  }

  const subscribers: readonly (readonly [Channel, (message: unknown) => void])[] = [
    [start, contained(startPlain)],
    [end, contained(finishIfSettled)],
    [asyncStart, contained(finish)],
    [asyncEnd, contained(finish)],
  ];
  start.bindStore(storage, contextInside);
  asyncStart.bindStore(storage, contextOfCallback);
  for (const [published, subscriber] of subscribers) published.subscribe(subscriber);

  const subscription = {
    realm: globalThis,
    rank,
    contextInside,
    stop() {
      if (start[subscriptionKey] !== subscription) return;
      start[subscriptionKey] = undefined;
      start.unbindStore(storage);
      asyncStart.unbindStore(storage);
      for (const [published, subscriber] of subscribers) published.unsubscribe(subscriber);
    },
  };
  start[subscriptionKey] = subscription;
  return {
    get isPublishing() {
      return isPublishing;
    },
    stop: subscription.stop,
  };
}

/** Something that a `WeakMap` takes. */
function isMessage(message: unknown): message is object {
  return (typeof message === 'object' && message !== null) || typeof message === 'function';
}
