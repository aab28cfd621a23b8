/**
 * Tracing for Fastify 4 and 5, and for NestJS on it: `await app.register(tracing, { serviceName: 'orders' })`.
 *
 * @packageDocumentation
 */
export { traceNest } from './trace-nest.ts';
export { type TracingOptions, tracing } from './tracing.ts';
