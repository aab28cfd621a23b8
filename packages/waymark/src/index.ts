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
