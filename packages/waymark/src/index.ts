export { type Collector, type CollectorOptions, startCollector } from './collector.ts';
export { CollectorError } from './collector-error.ts';
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
