/**
 * The collector and viewer of `npx waymark`, started from code.
 *
 * @packageDocumentation
 */
export { type Collector, type CollectorOptions, startCollector } from './collector.ts';
export type { EngineOptions } from './engine/engine.ts';
export type {
  Attributes,
  Resource,
  Scope,
  Span,
  SpanEvent,
  SpanKind,
  SpanLink,
  StatusCode,
  Value,
} from './model/span.ts';
export { CollectorError } from './server/collector-error.ts';
export type { PortOwner } from './server/port-owner.ts';
export type { DriverName } from './store/sqlite/driver.ts';
export type { StoreLimits } from './store/trace-store.ts';
