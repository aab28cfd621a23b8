/** Detects a plugin that is called as in Express, or registered in an Express app. */
import { noteWrongUse, wrongUse } from '@waymark/core/http';
import type { FastifyInstance } from 'fastify';

type Plugin<Options> = (instance: FastifyInstance, options: Options) => Promise<void>;

/**
 * Returns a plugin that works in Fastify only, and reports other uses.
 *
 * @throws {WaymarkError} `WAYMARK_WRONG_FRAMEWORK` if the application calls the plugin. An Express request continues without a span.
 */
export function forFastifyOnly<Options>(plugin: Plugin<Options>): Plugin<Options> {
  // Two parameters: with three, Fastify would wait for a callback.
  return function tracing(instance, options, ...others: readonly unknown[]) {
    const { addHook } = (instance ?? {}) as Partial<FastifyInstance>; // Express calls with a request, and an application with options
    if (typeof addHook === 'function') return plugin(instance, options);
    const [next] = others;
    if (typeof next !== 'function') throw wrongUse('fastify-called');
    noteWrongUse('fastify-in-express');
    return next();
  };
}
