/** Listeners for the messages of a stream. The body of a `for await` loop cannot be seen: see `withMessage()`. */
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { Incoming } from '../incoming.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { clientOf } from './client-facts.ts';
import { factsOfMessage } from './process-message.ts';

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** What Node compares when a listener is removed. */
interface WithOriginal {
  listener?: unknown;
}

const ours = new WeakSet<object>();

export function wrapMessagesStream(prototype: object): WrapOutcome {
  let outcome: WrapOutcome = 'missing';
  for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const) {
    outcome = wrapOnce(
      prototype as Record<typeof name, unknown>,
      name,
      (original) =>
        function on(this: object, ...args: unknown[]): unknown {
          try {
            if (args[0] === 'data' && typeof args[1] === 'function')
              args[1] = tracedListener(this, args[1] as Listener);
          } catch (error) {
            countFault(error);
          }
          return Reflect.apply(original, this, args);
        },
    );
  }
  return outcome;
}

function tracedListener(stream: object, listener: Listener): Listener {
  if (ours.has(listener)) return listener; // one of these methods calls another
  const { listener: inner } = listener as WithOriginal;
  if (typeof inner === 'function' && ours.has(inner)) {
    // That of once(), around ours. It is removed by the application's function.
    (listener as WithOriginal).listener = (inner as WithOriginal).listener;
    return listener;
  }
  function processing(this: unknown, ...args: unknown[]): unknown {
    const incoming = beginOnce(stream, args[0]);
    return incoming === undefined
      ? Reflect.apply(listener, this, args)
      : incoming.run(() => Reflect.apply(listener, this, args), false);
  }
  Object.defineProperty(processing, 'name', { value: listener.name, configurable: true });
  Object.defineProperty(processing, 'length', { value: listener.length, configurable: true });
  (processing as WithOriginal).listener = listener;
  ours.add(processing);
  return processing;
}

function beginOnce(stream: object, message: unknown): Incoming | undefined {
  try {
    const consumer = readProperty(stream, 'consumer');
    if (typeof message !== 'object' || message === null || typeof consumer !== 'object' || consumer === null) {
      return undefined;
    }
    return Incoming.begin(factsOfMessage(message, clientOf(consumer, 'process')));
  } catch (error) {
    countFault(error);
    return undefined;
  }
}
