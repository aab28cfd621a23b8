/** Server spans: what the adapters of frameworks are built on, and the one for plain `node:http`. */
export type { HttpTracingOptions } from './http-options.ts';
export type { Ignore, IgnoreRule } from './ignore.ts';
export type { ResponseHeader } from './response-headers.ts';
export { contextOf, createHttpTracing, type HttpTracing, type ServerAdapter } from './server-span.ts';
export { setRoute, traceHandler } from './trace-handler.ts';
