/**
 * Tracing for Express 4 and 5, and for NestJS on it: `app.use(tracing({ serviceName: 'gateway' }))`.
 *
 * @packageDocumentation
 */
export { traceNest } from './trace-nest.ts';
export { type TracingOptions, tracing } from './tracing.ts';
