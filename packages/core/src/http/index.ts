/**
 * Server spans: tracing for a plain `node:http` server, the types of all options about HTTP, and what an adapter of a framework
 * is built on.
 *
 * @packageDocumentation
 */

export { lookAtApp } from '../libraries/instrument.ts';
export type { ExistingTraceHeaders, TraceStateMember } from '../outbound-settings.ts';
export type { Network } from '../urls/networks.ts';
export type { HostRule, HostRules, PropagateTo } from '../urls/propagate-to.ts';
export type { SecretParameters } from '../urls/url-redaction.ts';
export type { CaptureHeaders } from './captured-headers.ts';
export type { HttpOptions, HttpTracingOptions, WithTracer, WithTracerOptions } from './http-options.ts';
export { contextOf, createHttpTracing, type HttpTracing } from './http-tracing.ts';
export type { Ignore, IgnoreRule } from './ignore.ts';
export { type NestApp, platformOf } from './nest-app.ts';
export { type NoteException, watchNestExceptions } from './nest-exceptions.ts';
export { setRoute } from './node-adapter.ts';
export { authorityOf, isEncrypted } from './request-facts.ts';
export { reserveSlots } from './reserve-slots.ts';
export type { ResponseHeader } from './response-headers.ts';
export type { ServerAdapter } from './server-adapter.ts';
export { traceHandler } from './trace-handler.ts';
export type { Caller, Trust, TrustPolicy, TrustRule } from './trust.ts';
export { type Otherwise, trustHeader, trustMember, trustPeers } from './trusted-callers.ts';
export { noteWrongUse, type WrongUse, wrongUse } from './wrong-use.ts';
