/** Recognises the plugin where it is used in the form, or in the app, of another framework. */
import { noteWrongUse, wrongUse } from '@waymark/core/http';
import type { FastifyInstance } from 'fastify';

type Plugin<Options> = (instance: FastifyInstance, options: Options) => Promise<void>;

/**
 * The plugin for Fastify alone.
 *
 * @throws {WaymarkError} `WAYMARK_WRONG_FRAMEWORK` where the application calls it. A request of Express goes on without a span.
 */
export function forFastifyOnly<Options>(plugin: Plugin<Options>): Plugin<Options> {
  // Two parameters: with three, Fastify would wait for a callback.
  return function tracing(instance, options, ...others: readonly unknown[]) {
    const { addHook } = (instance ?? {}) as Partial<FastifyInstance>; // of Express, a request; of the application, options
    if (typeof addHook === 'function') return plugin(instance, options);
    const [next] = others;
    if (typeof next !== 'function') throw wrongUse('fastify-called');
    noteWrongUse('fastify-in-express');
    return next();
  };
}
