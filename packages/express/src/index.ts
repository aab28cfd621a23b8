/** Distributed tracing for Express 4 and 5. */
export { type TracingOptions, tracing } from './tracing.ts';
