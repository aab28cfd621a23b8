/** `run()` of a consumer, which gets the handlers. */
import { countFault } from '../../count-fault.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import type { KafkaClient } from './kafka-client.ts';
import { type Handler, isTracedHandler, tracedEachBatch, tracedEachMessage } from './process.ts';

/** `run()` with traced handlers. */
export function wrapRun(owner: object, clientOf: (consumer: object) => KafkaClient): WrapOutcome {
  return wrapOnce(
    owner as { run: unknown },
    'run',
    (original) =>
      function run(this: object, ...args: unknown[]): unknown {
        const [config] = args;
        try {
          if (typeof config === 'object' && config !== null) args[0] = withTracedHandlers(config, clientOf(this));
        } catch (error) {
          countFault(error);
        }
        return Reflect.apply(original, this, args);
      },
  );
}

function withTracedHandlers(config: { eachMessage?: unknown; eachBatch?: unknown }, client: KafkaClient): object {
  const { eachMessage, eachBatch } = config;
  return {
    ...config,
    ...(isPlainHandler(eachMessage) && { eachMessage: tracedEachMessage(eachMessage, client) }),
    ...(isPlainHandler(eachBatch) && { eachBatch: tracedEachBatch(eachBatch, client) }),
  };
}

/** A handler that is not traced yet. */
export function isPlainHandler(handler: unknown): handler is Handler {
  return typeof handler === 'function' && !isTracedHandler(handler);
}
