/** Distributed tracing for Express 4 and 5, and for NestJS on it. */
export { traceNest } from './trace-nest.ts';
export { type TracingOptions, tracing } from './tracing.ts';
